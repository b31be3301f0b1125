import Yams

/// Turns YAML into values with places, and its parser's errors into ours.
struct YAMLReader {
    let file: String

    func read(_ yaml: String) throws(ConfigurationError) -> ConfigurationValue {
        do {
            // Without resolving rules a scalar stays the text it is, and keys compare as text.
            let parser = try Parser(yaml: yaml, resolver: .basic, encoding: .utf8)
            // A node's anchor is held by its parser only.
            return try withExtendedLifetime(parser) {
                guard let node = try parser.singleRoot() else {
                    throw error(.syntax, nil, "expected a mapping, found an empty file")
                }
                return try value(node, depth: 1)
            }
        } catch let error as ConfigurationError {
            throw error
        } catch let error as YamlError {
            throw translate(error)
        } catch {
            throw self.error(.syntax, nil, "expected YAML, found what cannot be read")
        }
    }

    private func value(_ node: Node, depth: Int) throws(ConfigurationError) -> ConfigurationValue {
        guard node.anchor == nil else {
            throw error(
                .unsupported,
                node.mark,
                "expected a value without an anchor, found &\(node.anchor?.rawValue ?? "")"
            )
        }
        guard depth <= ConfigurationDocument.maximumDepth else {
            let limit = ConfigurationDocument.maximumDepth
            throw error(.unsupported, node.mark, "expected at most \(limit) levels of nesting, found more")
        }
        let content: ConfigurationValue.Content
        switch node {
        case .scalar(let scalar):
            try refuseTag(of: node, unless: .str)
            content = .scalar(scalar.string, isQuoted: scalar.style != .plain && scalar.style != .any)
        case .sequence(let sequence):
            try refuseTag(of: node, unless: .seq)
            var items: [ConfigurationValue] = []
            for item in sequence {
                items.append(try value(item, depth: depth + 1))
            }
            content = .list(items)
        case .mapping(let mapping):
            try refuseTag(of: node, unless: .map)
            content = .mapping(try entries(mapping, depth: depth))
        case .alias:
            throw error(.unsupported, node.mark, "expected a value, found an alias")
        }
        return ConfigurationValue(
            content: content,
            file: file,
            line: node.mark?.line ?? 1,
            column: node.mark?.column ?? 1
        )
    }

    private func entries(
        _ mapping: Node.Mapping,
        depth: Int
    ) throws(ConfigurationError) -> [(key: ConfigurationValue, value: ConfigurationValue)] {
        var entries: [(key: ConfigurationValue, value: ConfigurationValue)] = []
        for (keyNode, valueNode) in mapping {
            let key = try value(keyNode, depth: depth + 1)
            guard case .scalar(let text, _) = key.content, !key.isNothing else {
                throw key.error(.wrongKind, "a key that is text")
            }
            guard text != "<<" else {
                throw key.error(.unsupported, "a key (YAML's merging of mappings is not read)")
            }
            entries.append((key, try value(valueNode, depth: depth + 1)))
        }
        return entries
    }

    /// Refuses a value that says which YAML type it is: here the reader of a value says it.
    private func refuseTag(of node: Node, unless plain: Tag.Name) throws(ConfigurationError) {
        guard node.tag != Tag(plain) else { return }
        throw error(.unsupported, node.mark, "expected a value without a tag, found \(node.tag)")
    }

    private func translate(_ yaml: YamlError) -> ConfigurationError {
        switch yaml {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            let begun = context.map { " \($0.text) at \($0.mark.line):\($0.mark.column)" } ?? ""
            return error(.syntax, mark, "expected YAML, found a mistake\(begun): \(problem)")
        case .composer(let context, let problem, let mark, _):
            let what = context?.text ?? "expected a value"
            return error(.unsupported, mark, "\(what), \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = ConfigurationValue.quoted(keys.first ?? "")
            return error(.duplicateKey, context.mark, "expected each key once, found \(key) again")
        default:
            return error(.syntax, nil, "expected YAML, found what cannot be read")
        }
    }

    private func error(_ code: ConfigurationError.Code, _ mark: Mark?, _ message: String) -> ConfigurationError {
        ConfigurationError(code, file: file, line: mark?.line ?? 1, column: mark?.column ?? 1, message: message)
    }
}
