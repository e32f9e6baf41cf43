//! What a person settled about findings, applied to what the checks found. A
//! scenario's settings are stronger than the configuration's, those of a code
//! stronger than those of its check, those of a vendor stronger than those of
//! all.

use crate::checks::{CHECKS, codes};
use crate::model::check_rule::{CheckRule, Ruling};
use crate::model::finding::{Finding, Severity};

/// Names that settings may use: checks, and codes of findings. A step that
/// cannot be done is no matter of taste.
pub fn settable() -> Vec<&'static str> {
    let checks = CHECKS.iter().filter(|check| check.code != "step");
    let mut names: Vec<&str> = Vec::new();
    for check in checks {
        names.push(check.code);
        names.extend(codes(check.docs).into_iter().map(|code| code.name));
    }
    names
}

/// The findings as they count.
pub fn settle(findings: Vec<Finding>, general: &[CheckRule], own: &[CheckRule]) -> Vec<Finding> {
    findings
        .into_iter()
        .filter_map(|mut finding| {
            let strongest = general
                .iter()
                .map(|rule| (false, rule))
                .chain(own.iter().map(|rule| (true, rule)))
                .filter(|(_, rule)| is_about(rule, &finding))
                .max_by_key(|(own, rule)| (*own, rule.code == finding.code, rule.vendor.is_some()));
            match strongest.map(|(_, rule)| &rule.ruling) {
                None => {}
                Some(Ruling::Off) => return None,
                Some(Ruling::Severity(severity)) => finding.severity = *severity,
                Some(Ruling::Suppressed(reason)) => {
                    finding.severity = Severity::Info;
                    finding.suppressed = Some(reason.clone());
                }
            }
            Some(finding)
        })
        .collect()
}

fn is_about(rule: &CheckRule, finding: &Finding) -> bool {
    let of_check = || {
        let rest = finding.code.strip_prefix(rule.code.as_str());
        rest.is_some_and(|rest| rest.starts_with('-'))
            && CHECKS.iter().any(|check| check.code == rule.code && check.code != "step")
    };
    let same = rule.code == finding.code || of_check();
    same && (rule.vendor.is_none() || rule.vendor == finding.vendor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::finding;
    use crate::model::span::Span;

    fn rule(code: &str, vendor: Option<&str>, ruling: Ruling) -> CheckRule {
        let vendor = vendor.map(str::to_owned);
        CheckRule { code: code.to_owned(), vendor, ruling, span: Span::default() }
    }

    fn settled(general: &[CheckRule], own: &[CheckRule]) -> Option<Finding> {
        let mut found = finding("expect-param", Severity::Error, String::new());
        found.vendor = Some("meta".to_owned());
        settle(vec![found], general, own).pop()
    }

    #[test]
    fn the_nearest_setting_counts() {
        let off = |code, vendor| rule(code, vendor, Ruling::Off);
        let warn = |code, vendor| rule(code, vendor, Ruling::Severity(Severity::Warning));
        let severity = |general: &[CheckRule], own: &[CheckRule]| {
            settled(general, own).map(|finding| finding.severity)
        };
        assert_eq!(severity(&[], &[]), Some(Severity::Error));
        assert_eq!(severity(&[off("expect", None)], &[]), None);
        assert_eq!(
            severity(&[off("expec", None), off("expect-count", None)], &[]),
            Some(Severity::Error)
        );
        assert_eq!(severity(&[off("expect", Some("ga4"))], &[]), Some(Severity::Error));
        assert_eq!(
            severity(&[off("expect", None), warn("expect", Some("meta"))], &[]),
            Some(Severity::Warning)
        );
        assert_eq!(
            severity(&[warn("expect-param", None), off("expect", Some("meta"))], &[]),
            Some(Severity::Warning)
        );
        assert_eq!(
            severity(&[off("expect-param", Some("meta"))], &[warn("expect", None)]),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn what_is_set_aside_stays_with_its_reason() {
        let why = Ruling::Suppressed("until the relaunch".to_owned());
        let finding = settled(&[], &[rule("expect-param", None, why)]).unwrap();
        assert_eq!(finding.severity, Severity::Info);
        assert_eq!(finding.suppressed.as_deref(), Some("until the relaunch"));
    }

    #[test]
    fn a_step_that_fails_cannot_be_set_aside() {
        let broken = vec![finding("step-failed", Severity::Error, String::new())];
        let kept = settle(broken, &[], &[rule("step", None, Ruling::Off)]);
        assert_eq!(kept.len(), 1);
        let names = settable();
        assert!(names.contains(&"expect-count") && !names.contains(&"step-failed"));
    }
}
