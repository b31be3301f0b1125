internal import Foundation

/// The languages that messages for people exist in. Codes and JSON never change.
public enum Language: Sendable, Hashable, CaseIterable {
    /// English, also for every language that there are no messages in.
    case english
    /// Bahasa Indonesia.
    case indonesian

    /// The language that `environment` asks for: `LC_ALL` over `LC_MESSAGES` over `LANG`, the first that is not
    /// empty (POSIX.1-2017, XBD 8.2).
    public init(environment: [String: String]) {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.prefix { $0 != "_" && $0 != "." && $0 != "@" }
        self = name == "id" ? .indonesian : .english
    }

    /// The language of this process.
    public static let current = Language(environment: ProcessInfo.processInfo.environment)
}

/// The one of two spellings of a sentence for people that this process's language asks for.
public func localized(_ english: String, id indonesian: String) -> String {
    switch Language.current {
    case .english: english
    case .indonesian: indonesian
    }
}
