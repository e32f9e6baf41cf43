//! `consent`: what the visitor has chosen, and from which step on. What must
//! not fire then is the checks' matter.

use crate::diagnostic::Diagnostic;
use crate::model::consent::Choice;
use crate::model::span::Located;
use crate::scenario::expect::find_step;
use crate::scenario::tree::MOST_PROBLEMS;
use crate::steps::Step;
use crate::steps::arguments::{closest, unknown};
use crate::steps::node::{Kind, Node, shortened};

pub const STATES: &[&str] = &["granted", "denied"];

/// Keys of a choice, with what they are.
pub const KEYS: &[(&str, &str)] = &[
    ("from", "the step that makes the choice: label, or number from 1; before any, if left out"),
    ("all", "ads and analytics alike"),
    ("ads", "tags of advertising vendors, their cookies and `ad_storage`"),
    ("analytics", "tags that measure, their cookies and `analytics_storage`"),
    ("limitedDataUse", "whether Meta is asked for limited data use"),
];

/// A choice whose step is still a word.
#[derive(Debug, Clone)]
pub struct Wanted {
    choice: Choice,
    step: Option<Located<String>>,
}

/// `denied`, a map, or a list of such.
pub fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<Wanted> {
    let items = node.as_list().unwrap_or(std::slice::from_ref(node));
    let mut wanted = Vec::new();
    for item in items {
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
        wanted.extend(item_of(item, problems));
    }
    wanted
}

fn item_of(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Wanted> {
    let mut choice =
        Choice { from: None, ads: None, analytics: None, limited: None, span: node.span };
    let Kind::Map(entries) = &node.kind else {
        choice.ads = state(node, problems);
        choice.analytics = choice.ads;
        return choice.ads.is_some().then_some(Wanted { choice, step: None });
    };
    let before = problems.len();
    let known: Vec<&str> = KEYS.iter().map(|(key, _)| *key).collect();
    let mut step = None;
    for (key, value) in entries {
        match key.value.as_str() {
            "from" => match value.as_text() {
                Some(word) => step = Some(Located::new(word.to_owned(), value.span)),
                None => problems.push(
                    Diagnostic::new(format!(
                        "`from` is {}, expected a step's label or number",
                        value.describe()
                    ))
                    .at(value.span, "expected a step's label or number"),
                ),
            },
            "all" => {
                if let Some((other, _)) = entries
                    .iter()
                    .find(|(key, _)| matches!(key.value.as_str(), "ads" | "analytics"))
                {
                    problems.push(
                        Diagnostic::new(format!("a choice has both `all` and `{}`", other.value))
                            .at(other.span, "expected one of them"),
                    );
                }
                choice.ads = state(value, problems);
                choice.analytics = choice.ads;
            }
            "ads" => choice.ads = state(value, problems),
            "analytics" => choice.analytics = state(value, problems),
            "limitedDataUse" => match value.as_bool() {
                Some(limited) => choice.limited = Some(limited),
                None => problems.push(
                    Diagnostic::new(format!(
                        "`limitedDataUse` is {}, expected `true` or `false`",
                        value.describe()
                    ))
                    .at(value.span, "expected `true` or `false`"),
                ),
            },
            _ => problems.push(unknown("key of a choice", key, &known)),
        }
    }
    let says = choice.ads.or(choice.analytics).or(choice.limited).is_some();
    if !says && problems.len() == before {
        problems.push(
            Diagnostic::new("the choice says nothing")
                .at(node.span, "expected `all`, `ads`, `analytics` or `limitedDataUse`"),
        );
    }
    says.then_some(Wanted { choice, step })
}

fn state(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<bool> {
    let word = node.as_text();
    match word {
        Some("granted") => return Some(true),
        Some("denied") => return Some(false),
        _ => {}
    }
    let shown = word.map_or_else(|| node.describe(), |word| format!("`{}`", shortened(word, 60)));
    let meant = word.and_then(|word| match word.to_lowercase().as_str() {
        "accepted" | "accept" | "allowed" | "yes" | "all" | "true" => Some("granted"),
        "rejected" | "reject" | "refused" | "revoked" | "no" | "none" | "false" => Some("denied"),
        word => closest(word, STATES),
    });
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "expected `granted` or `denied`".to_owned(),
    };
    problems.push(
        Diagnostic::new(format!("{shown} is no state of consent"))
            .at(node.span, "not a state")
            .help(help),
    );
    None
}

/// Finds the steps that choices name. Each changes what was chosen before, so
/// that they stand in the order of the steps.
pub fn resolve(wanted: Vec<Wanted>, steps: &[Step], problems: &mut Vec<Diagnostic>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for Wanted { mut choice, step } in wanted {
        if let Some(word) = step {
            choice.from = find_step(&word, steps, problems);
            if choice.from.is_none() {
                continue;
            }
        }
        if choices.last().is_some_and(|last| choice.from <= last.from) {
            let problem = if choice.from.is_none() {
                Diagnostic::new("only the first choice goes without a step")
                    .at(choice.span, "since when?")
                    .help("name the step that makes it: `from: <label or number>`")
            } else {
                Diagnostic::new("choices do not stand in the order of their steps")
                    .at(choice.span, "comes no later than the one before")
            };
            problems.push(problem);
            continue;
        }
        choices.push(choice);
    }
    choices
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Scenario, Variables, parse, schema, to_recorder, to_yaml};

    const STEPS: &str =
        "steps: [reload, { click: '#no', label: reject }, { click: '#yes', label: accept }]";

    fn read(consent: &str) -> Result<Scenario, Vec<String>> {
        let text = format!("{STEPS}\nconsent: {consent}\n");
        parse("a.yaml", text.as_bytes(), &Variables::default()).map_err(|problems| {
            let told = problems.iter().map(|problem| {
                let label = problem.label.as_ref().map_or("", |(_, label)| label);
                format!("{} {label} {}", problem.message, problem.help.clone().unwrap_or_default())
            });
            told.collect()
        })
    }

    /// From which step, ads, analytics, limited data use.
    type Told = (Option<usize>, Option<bool>, Option<bool>, Option<bool>);

    fn told(scenario: &Scenario) -> Vec<Told> {
        let choices = scenario.consent.iter();
        choices.map(|it| (it.from, it.ads, it.analytics, it.limited)).collect()
    }

    #[test]
    fn choices_are_a_word_a_map_or_a_list() {
        let (no, yes) = (Some(false), Some(true));
        for (consent, expected) in [
            ("denied", vec![(None, no, no, None)]),
            ("{ analytics: granted }", vec![(None, None, yes, None)]),
            (
                "[denied, { from: reject, limitedDataUse: true }, { from: 3, all: granted }]",
                vec![(None, no, no, None), (Some(1), None, None, yes), (Some(2), yes, yes, None)],
            ),
        ] {
            let scenario = read(consent).unwrap();
            assert_eq!(told(&scenario), expected);
            let recording = to_recorder(&scenario).to_string();
            for text in [to_yaml(&scenario), recording] {
                let again = parse("a.yaml", text.as_bytes(), &Variables::default()).unwrap();
                assert_eq!(told(&again), expected, "{text}");
            }
        }
    }

    #[test]
    fn mistakes_in_choices_are_told() {
        for (consent, expected) in [
            ("grantd", "did you mean `granted`"),
            ("rejected", "did you mean `denied`"),
            ("true", "did you mean `granted`"),
            ("maybe", "expected `granted` or `denied`"),
            ("[[]]", "is no state of consent"),
            ("{ ad: denied }", "did you mean `ads`"),
            ("{ limitedDataUse: granted }", "expected `true` or `false`"),
            ("{ all: denied, ads: granted }", "both `all` and `ads`"),
            ("{ from: reject }", "says nothing"),
            ("{}", "says nothing"),
            ("[denied, granted]", "only the first choice goes without a step"),
            ("[{ from: accept, all: granted }, { from: 2, all: denied }]", "order of their steps"),
            ("[{ from: accpt, all: granted }]", "did you mean `accept`"),
            ("[{ from: [], all: granted }]", "expected a step's label or number"),
        ] {
            let problems = read(consent).unwrap_err();
            assert!(problems.iter().any(|it| it.contains(expected)), "{consent}: {problems:?}");
        }
    }

    #[test]
    fn the_schema_takes_what_is_read() {
        let validator = jsonschema::draft202012::new(&schema()).unwrap();
        let is_valid = |consent: &str| {
            let text = format!("{STEPS}\nconsent: {consent}\n");
            validator.is_valid(&crate::scenario::tree::read(&text).0.unwrap().to_json())
        };
        for good in [
            "denied",
            "{ ads: denied, limitedDataUse: true }",
            "[denied, { from: 2, all: granted }]",
        ] {
            assert!(is_valid(good) && read(good).is_ok(), "{good}");
        }
        for bad in [
            "no",
            "{ from: 2 }",
            "{ all: granted, ads: denied }",
            "[{ form: 2, all: denied }]",
            "[]",
        ] {
            assert!(!is_valid(bad) && read(bad).is_err(), "{bad}");
        }
    }
}
