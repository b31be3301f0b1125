import ArchiveConfiguration

/// The error that reading `yaml` gives, or nil where `read` accepts it.
func mistake(
    in yaml: String,
    _ read: (ConfigurationValue) throws -> some Any = { $0 }
) -> ConfigurationError? {
    do {
        _ = try read(ConfigurationDocument(yaml: yaml, file: "policy.yaml").root)
        return nil
    } catch {
        return error as? ConfigurationError
    }
}

/// The value of the key `v` in a document of that key alone.
func value(_ yaml: String) throws -> ConfigurationValue {
    let root = try ConfigurationDocument(yaml: "v: " + yaml, file: "policy.yaml").root
    return try root.mapping { mapping throws(ConfigurationError) in try mapping.required("v") }
}

/// `line:column` and the code: what every refusal is checked for.
func place(_ error: ConfigurationError?) -> String {
    error.map { "\($0.line):\($0.column) \($0.code.rawValue)" } ?? "accepted"
}
