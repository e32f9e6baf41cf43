//! `checks`: what a person settled about findings, in a scenario or in
//! pixelproof.toml. Whether a code or a vendor exists is not asked here, since
//! checks lie above this layer.

use crate::diagnostic::Diagnostic;
use crate::model::check_rule::{CheckRule, Ruling};
use crate::model::finding::Severity;
use crate::model::span::Located;
use crate::steps::arguments::{closest, listed, unknown};
use crate::steps::node::{Node, shortened};

pub const LEVELS: &[&str] = &["off", "info", "warning", "error"];
pub const KEYS: &[&str] = &["level", "suppress", "vendors"];

/// Reads `code: level` and `code: { level, suppress, vendors }`.
pub fn read(entries: &[(Located<String>, Node)], problems: &mut Vec<Diagnostic>) -> Vec<CheckRule> {
    let mut rules = Vec::new();
    for (code, node) in entries {
        let rule = |vendor: Option<String>, ruling, at: &Located<String>| CheckRule {
            code: code.value.clone(),
            vendor,
            ruling,
            span: at.span,
        };
        let Some(table) = node.as_map() else {
            rules.extend(level(node, problems).map(|ruling| rule(None, ruling, code)));
            continue;
        };
        if let Some(ruling) = ruling(code, node, table, problems) {
            rules.push(rule(None, ruling, code));
        }
        let Some(vendors) = node.get("vendors") else { continue };
        let Some(vendors) = vendors.as_map() else {
            problems.push(
                Diagnostic::new(format!("`vendors` is {}, expected a map", vendors.describe()))
                    .at(vendors.span, "expected such as `{ meta: off }`"),
            );
            continue;
        };
        for (vendor, node) in vendors {
            let found = match node.as_map() {
                None => level(node, problems),
                Some(table) => {
                    if let Some((key, _)) = table.iter().find(|(key, _)| key.value == "vendors") {
                        problems.push(unknown("key of a vendor's setting", key, &KEYS[..2]));
                    }
                    ruling(vendor, node, table, problems)
                }
            };
            let slug = Some(vendor.value.to_lowercase());
            rules.extend(found.map(|ruling| rule(slug, ruling, vendor)));
        }
    }
    rules
}

fn ruling(
    name: &Located<String>,
    node: &Node,
    table: &[(Located<String>, Node)],
    problems: &mut Vec<Diagnostic>,
) -> Option<Ruling> {
    for (key, _) in table.iter().filter(|(key, _)| !KEYS.contains(&key.value.as_str())) {
        problems.push(unknown("key of a check's setting", key, KEYS));
    }
    match (node.get("level"), node.get("suppress")) {
        (Some(_), Some(reason)) => {
            problems.push(
                Diagnostic::new(format!("`{}` has both `level` and `suppress`", name.value))
                    .at(reason.span, "expected one of them"),
            );
            None
        }
        (Some(node), None) => level(node, problems),
        (None, Some(reason)) => match reason.as_text().filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(Ruling::Suppressed(text.trim().to_owned())),
            None => {
                problems.push(
                    Diagnostic::new("`suppress` gives no reason")
                        .at(reason.span, "expected the reason, which reports show"),
                );
                None
            }
        },
        (None, None) => {
            if node.get("vendors").is_none() {
                problems.push(
                    Diagnostic::new(format!("`{}` settles nothing", name.value))
                        .at(node.span, "expected `level`, `suppress` or `vendors`"),
                );
            }
            None
        }
    }
}

fn level(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Ruling> {
    // YAML's old words for false are how a bare `off` may come.
    let word = node.as_text().map(str::to_owned);
    let word = word.or_else(|| (node.as_bool() == Some(false)).then(|| "off".to_owned()));
    match word.as_deref() {
        Some("off") => Some(Ruling::Off),
        Some("info") => Some(Ruling::Severity(Severity::Info)),
        Some("warning") => Some(Ruling::Severity(Severity::Warning)),
        Some("error") => Some(Ruling::Severity(Severity::Error)),
        found => {
            let shown =
                found.map_or_else(|| node.describe(), |word| format!("`{}`", shortened(word, 60)));
            let help = match found.and_then(|word| closest(word, LEVELS)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("expected one of {}", listed(LEVELS)),
            };
            problems.push(
                Diagnostic::new(format!("{shown} is no level of findings"))
                    .at(node.span, "not a level")
                    .help(help),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Scenario, Variables, parse, to_yaml};

    #[test]
    fn checks_are_settled_by_code_and_vendor() {
        let text = "steps: [reload]\nchecks:\n  value: off\n  name-mistyped: { level: error }\n  dedup: { suppress: later, vendors: { META: info, ga4: { suppress: never } } }\n";
        let scenario = parse("a.yaml", text.as_bytes(), &Variables::default()).unwrap();
        let told = |scenario: &Scenario| -> Vec<String> {
            let rules = scenario.checks.iter();
            rules.map(|rule| format!("{} {:?} {:?}", rule.code, rule.vendor, rule.ruling)).collect()
        };
        assert_eq!(
            told(&scenario),
            [
                "value None Off",
                "name-mistyped None Severity(Error)",
                "dedup None Suppressed(\"later\")",
                "dedup Some(\"meta\") Severity(Info)",
                "dedup Some(\"ga4\") Suppressed(\"never\")",
            ]
        );
        let again = parse("a.yaml", to_yaml(&scenario).as_bytes(), &Variables::default()).unwrap();
        assert_eq!(told(&again), told(&scenario));
        let unknown = scenario.unknown_checks(&["value", "name-mistyped"], &["meta", "ga4"]);
        assert_eq!(unknown.len(), 3);
    }

    #[test]
    fn settings_of_checks_that_settle_nothing_are_told() {
        for (setting, expected) in [
            ("wraning", "`wraning` is no level of findings"),
            ("3", "`3` is no level of findings"),
            ("{ level: off, suppress: why }", "has both `level` and `suppress`"),
            ("{ suppress: '' }", "gives no reason"),
            ("{}", "settles nothing"),
            ("{ lvel: off }", "unknown key"),
            ("{ vendors: off }", "expected a map"),
            ("{ vendors: { meta: { vendors: {} } } }", "unknown key"),
        ] {
            let text = format!("steps: [reload]\nchecks:\n  value: {setting}\n");
            let problems = parse("a.yaml", text.as_bytes(), &Variables::default()).unwrap_err();
            let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            assert!(told.iter().any(|message| message.contains(expected)), "{setting}: {told:?}");
        }
    }
}
