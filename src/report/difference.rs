//! How one hit differs, as lines with signs. One function, so that every
//! reporter shows a difference alike.

use serde_json::Value;

use crate::model::finding::{DifferenceKind, HitDifference};
use crate::report::clean::one_line;

/// Longest value that is shown.
const LONGEST_VALUE: usize = 400;

/// What a line of a difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Both have it.
    Same,
    /// Expected, and not found.
    Gone,
    /// Found, and not expected.
    Added,
}

impl Sign {
    pub fn as_text(self) -> &'static str {
        match self {
            Self::Same => "  ",
            Self::Gone => "- ",
            Self::Added => "+ ",
        }
    }
}

/// The lines of a difference, cleaned and bounded, without secrets masked.
pub fn lines(difference: &HitDifference) -> Vec<(Sign, String)> {
    let hit = |event: &str| {
        one_line(&format!("{} {} {}", difference.vendor, event, difference.account), LONGEST_VALUE)
    };
    let event = difference.event.as_str();
    let mut lines = match &difference.kind {
        DifferenceKind::Missing => vec![(Sign::Gone, hit(event))],
        DifferenceKind::Unexpected => vec![(Sign::Added, hit(event))],
        DifferenceKind::Duplicated { expected, found } => {
            vec![
                (Sign::Gone, format!("{} × {expected}", hit(event))),
                (Sign::Added, format!("{} × {found}", hit(event))),
            ]
        }
        DifferenceKind::Changed => vec![(Sign::Same, hit(event))],
        DifferenceKind::Moved { expected, found } => vec![
            (Sign::Gone, format!("{} in step “{}”", hit(event), one_line(expected, 100))),
            (Sign::Added, format!("{} in step “{}”", hit(event), one_line(found, 100))),
        ],
        DifferenceKind::Renamed { expected } => {
            vec![(Sign::Gone, hit(expected)), (Sign::Added, hit(event))]
        }
    };
    for param in &difference.params {
        let line =
            |value: &Value| format!("  {}: {}", one_line(&param.name, 100), value_text(value));
        match (&param.expected, &param.found) {
            (Some(expected), Some(found)) if expected == found => {
                lines.push((Sign::Same, line(expected)));
            }
            (expected, found) => {
                lines.extend(expected.iter().map(|value| (Sign::Gone, line(value))));
                lines.extend(found.iter().map(|value| (Sign::Added, line(value))));
            }
        }
    }
    lines
}

/// A value as JSON, so that the number `49.99` and the text `"49.99"` are told
/// apart.
fn value_text(value: &Value) -> String {
    one_line(&value.to_string(), LONGEST_VALUE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::model::finding::ParamDifference;

    use super::*;

    fn show(kind: DifferenceKind, params: Vec<(&str, Option<Value>, Option<Value>)>) -> String {
        let difference = HitDifference {
            kind,
            vendor: "meta".into(),
            account: "123".into(),
            event: "Lead".into(),
            params: params
                .into_iter()
                .map(|(name, expected, found)| ParamDifference {
                    name: name.into(),
                    expected,
                    found,
                })
                .collect(),
        };
        let lines: Vec<String> = lines(&difference)
            .iter()
            .map(|(sign, text)| format!("{}{text}", sign.as_text()))
            .collect();
        lines.join("\n")
    }

    #[test]
    fn each_kind_reads_as_what_it_is() {
        insta::assert_snapshot!(show(DifferenceKind::Missing, vec![("value", Some(json!("49.99")), None)]), @r#"
        - meta Lead 123
        -   value: "49.99"
        "#);
        insta::assert_snapshot!(show(DifferenceKind::Changed, vec![
            ("value", Some(json!(49.99)), Some(json!("49,99"))),
            ("currency", Some(json!("EUR")), None),
        ]), @r#"
          meta Lead 123
        -   value: 49.99
        +   value: "49,99"
        -   currency: "EUR"
        "#);
        insta::assert_snapshot!(show(DifferenceKind::Duplicated { expected: 1, found: 2 }, vec![]), @r"
        - meta Lead 123 × 1
        + meta Lead 123 × 2
        ");
        insta::assert_snapshot!(show(DifferenceKind::Moved { expected: "send".into(), found: "type\u{1b}[31m".into() }, vec![]), @r"
        - meta Lead 123 in step “send”
        + meta Lead 123 in step “type”
        ");
        insta::assert_snapshot!(show(DifferenceKind::Renamed { expected: "Contact".into() }, vec![]), @r"
        - meta Contact 123
        + meta Lead 123
        ");
    }
}
