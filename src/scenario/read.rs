//! The tree of a file as a scenario: top level and steps, in both spellings.
//! Every problem is collected; reading goes on after each. Variables have
//! been replaced before.

use crate::diagnostic::Diagnostic;
use crate::model::check_rule::CheckRule;
use crate::model::span::{Located, Span};
use crate::scenario::checks;
use crate::scenario::conditions;
use crate::scenario::consent;
use crate::scenario::expect;
use crate::scenario::expect::Wanted;
use crate::scenario::tree::MOST_PROBLEMS;
use crate::steps::arguments::{Argument, ArgumentKind, COMMON, Fields, closest, optional, unknown};
use crate::steps::node::{Kind, Node, shortened};
use crate::steps::{Action, AssertedEvent, Step, StepSpec, TABLE, spec};

/// Keys of the file's top level. `title` and `selectorAttribute` are a
/// recording's.
pub const TOP: &[Argument] = &[
    optional("$schema", ArgumentKind::Text, "for editors"),
    optional(
        "name",
        ArgumentKind::Text,
        "what reports call this scenario; the file's name if left out",
    ),
    optional("title", ArgumentKind::Text, "a recording's name"),
    optional("description", ArgumentKind::Text, "what it is for"),
    optional("tags", ArgumentKind::Texts, "words to choose scenarios by"),
    optional("timeout", ArgumentKind::Whole, "milliseconds that each step may take"),
    optional("selectorAttribute", ArgumentKind::Text, "a recording's setting, not used"),
    optional("vars", ArgumentKind::TextMap, "variables of this file"),
    optional("secrets", ArgumentKind::Texts, "names of variables whose values are shown nowhere"),
    optional("steps", ArgumentKind::Json, "what is done, in order"),
    optional("expect", ArgumentKind::Json, "hits that must, or must not, fire"),
    optional("checks", ArgumentKind::Json, "how severe findings are, and which are set aside"),
    optional("conditions", ArgumentKind::Json, "what it is played under as well"),
    optional("consent", ArgumentKind::Json, "what the visitor has chosen, and from which step on"),
];

/// Name under which a recording carries an expectation, so that other tools
/// replay it too.
pub const EXPECT_PIXEL: &str = "expectPixel";

/// Steps that the Recorder does not know travel in a recording as custom
/// steps under this prefix.
pub const OWN_PREFIX: &str = "pixelproof/";

/// A recorded click that has this is in the element's centre, whatever its
/// offsets say: the Recorder wants offsets, we do not.
pub const CENTER: &str = "center";

/// What the top level said, before names are given.
#[derive(Debug, Default)]
pub struct Parts {
    pub name: Option<String>,
    pub tags: Vec<String>,
    pub description: Option<String>,
    pub timeout_ms: Option<u64>,
    pub steps: Vec<Step>,
    pub wanted: Vec<Wanted>,
    pub checks: Vec<CheckRule>,
    pub conditions: Vec<conditions::Wanted>,
    pub consent: Vec<consent::Wanted>,
}

/// Where problems and notices go, and the text for what the tree forgot.
pub struct Reader<'a> {
    pub source: &'a str,
    pub problems: Vec<Diagnostic>,
    pub notices: Vec<Diagnostic>,
}

impl Reader<'_> {
    pub fn file(&mut self, entries: &[(Located<String>, Node)]) -> Parts {
        let mut parts = Parts::default();
        let misspelled = entries
            .iter()
            .take(20)
            .any(|(key, _)| key.value != "steps" && closest(&key.value, &["steps"]).is_some());
        let mut fields = Fields {
            what: "the scenario",
            entries,
            span: Span::default(),
            problems: &mut self.problems,
        };
        let known: Vec<&str> = TOP.iter().map(|argument| argument.name).collect();
        for (key, _) in
            entries.iter().filter(|(key, _)| !known.contains(&key.value.as_str())).take(20)
        {
            let mut problem = unknown("key of a scenario", key, &known);
            if spec(&key.value).is_some() {
                problem.help =
                    Some(format!("steps stand in the list `steps`: `- {}: …`", key.value));
            }
            fields.problems.push(problem);
        }
        let title = fields.text("title");
        parts.name = fields.text("name").or(title);
        parts.description = fields.text("description");
        parts.tags = fields.texts("tags").unwrap_or_default();
        parts.timeout_ms = positive(&mut fields, "timeout");
        // Not `get`, for which a key without a value is not there.
        let steps =
            entries.iter().find(|(key, _)| key.value == "steps").map(|(_, node)| node.clone());
        let expect = fields.get("expect").cloned();
        let settled = fields.get("checks").cloned();
        let conditions = fields.get("conditions").cloned();
        let consent = fields.get("consent").cloned();

        match steps {
            // A key that is spelled almost so has been told already.
            None if misspelled => {}
            None => self.problems.push(
                Diagnostic::new("the scenario has no `steps`")
                    .at(Span::default(), "`steps` is missing")
                    .help("add `steps:` with a list such as `- navigate: https://…`"),
            ),
            Some(node) => match node.as_list().or(node.is_null().then_some(&[])) {
                Some([]) => self.problems.push(
                    Diagnostic::new("`steps` is empty").at(node.span, "expected at least one step"),
                ),
                Some(items) => self.steps(items, &mut parts),
                None => self.problems.push(
                    Diagnostic::new(format!("`steps` is {}, expected a list", node.describe()))
                        .at(node.span, "expected a list of steps")
                        .help("begin each step with `- `"),
                ),
            },
        }
        if let Some(node) = expect {
            match node.as_list() {
                Some(items) => {
                    for item in items {
                        if self.problems.len() >= MOST_PROBLEMS {
                            break;
                        }
                        parts.wanted.extend(expect::read(item, &mut self.problems));
                    }
                }
                None => self.problems.push(
                    Diagnostic::new(format!("`expect` is {}, expected a list", node.describe()))
                        .at(node.span, "expected a list of expectations"),
                ),
            }
        }
        if let Some(node) = settled {
            match node.as_map() {
                Some(entries) => parts.checks = checks::read(entries, &mut self.problems),
                None => self.problems.push(
                    Diagnostic::new(format!("`checks` is {}, expected a map", node.describe()))
                        .at(node.span, "expected such as `dedup-no-event-id: off`"),
                ),
            }
        }
        if let Some(node) = conditions {
            match node.as_list() {
                Some(items) => {
                    for item in items {
                        if self.problems.len() >= MOST_PROBLEMS {
                            break;
                        }
                        parts.conditions.extend(conditions::read(item, &mut self.problems));
                    }
                }
                None => self.problems.push(
                    Diagnostic::new(format!(
                        "`conditions` is {}, expected a list",
                        node.describe()
                    ))
                    .at(node.span, "expected such as `[slow-3g, offline]`"),
                ),
            }
        }
        if let Some(node) = consent {
            match node.as_list() {
                Some([]) => self.problems.push(
                    Diagnostic::new("`consent` is empty")
                        .at(node.span, "expected such as `denied`, or a list of choices"),
                ),
                _ => parts.consent = consent::read(&node, &mut self.problems),
            }
        }
        parts
    }

    fn steps(&mut self, items: &[Node], parts: &mut Parts) {
        let before = self.problems.len();
        for item in items {
            // A list of a hundred thousand mistakes is told in part.
            if self.problems.len() >= MOST_PROBLEMS {
                return;
            }
            match &item.kind {
                Kind::Map(entries) if item.get("type").is_some() => {
                    self.recorded(item, entries, parts);
                }
                Kind::Map(entries) => parts.steps.extend(self.tagged(item, entries)),
                // `- reload`: a step that needs nothing.
                Kind::Scalar { text, .. } if !item.is_null() => {
                    let name = Located::new(text.clone(), item.span);
                    parts.steps.extend(self.step(&name, &[], item.span));
                }
                _ => self.problems.push(
                    Diagnostic::new(format!("a step is {}, expected a map", item.describe()))
                        .at(item.span, "expected a step such as `click: \"#buy\"`"),
                ),
            }
        }
        if let (true, Some(first)) = (parts.steps.is_empty(), items.first())
            && self.problems.len() == before
        {
            self.problems.push(
                Diagnostic::new("no step does anything")
                    .at(first.span, "an expectation is no step"),
            );
        }
    }

    /// `click: …`, with the keys that every step takes inside or beside.
    fn tagged(&mut self, item: &Node, entries: &[(Located<String>, Node)]) -> Option<Step> {
        let is_common = |key: &str| COMMON.iter().any(|argument| argument.name == key);
        let mut named = entries.iter().filter(|(key, _)| !is_common(&key.value));
        let Some((name, value)) = named.next() else {
            self.problems.push(
                Diagnostic::new("a step does not say what it does")
                    .at(item.span, "expected a step such as `click: \"#buy\"`"),
            );
            return None;
        };
        if let Some((second, _)) = named.next() {
            let problem = Diagnostic::new(format!(
                "a step has one action, found `{}` and `{}`",
                shortened(&name.value, 60),
                shortened(&second.value, 60)
            ))
            .at(second.span, "a second one");
            self.problems.push(if spec(&second.value).is_some() {
                problem.help("begin every step with `- `")
            } else {
                problem
                    .help(format!("indent the arguments of `{}` deeper than its name", name.value))
            });
            return None;
        }
        let beside = entries.iter().filter(|(key, _)| is_common(&key.value)).cloned();
        let mut arguments: Vec<(Located<String>, Node)> = Vec::new();
        match &value.kind {
            Kind::Map(inner) => arguments.extend(inner.iter().cloned()),
            _ if value.is_null() => {
                if self.swallowed_by_comment(name) {
                    return None;
                }
            }
            _ => {
                let Some(found) = spec(&name.value) else {
                    self.unknown_step(name);
                    return None;
                };
                let Some(argument) = found.shorthand else {
                    self.problems.push(needs_map(found, value));
                    return None;
                };
                arguments.push((Located::new(argument.to_owned(), value.span), value.clone()));
            }
        }
        for (key, node) in beside {
            if arguments.iter().any(|(inner, _)| inner.value == key.value) {
                self.problems.push(
                    Diagnostic::new(format!(
                        "`{}` stands inside the step and beside it",
                        key.value
                    ))
                    .at(key.span, "again here"),
                );
            } else {
                arguments.push((key, node));
            }
        }
        self.step(name, &arguments, item.span)
    }

    /// `click: #buy` is a comment to YAML, and nobody expects that.
    fn swallowed_by_comment(&mut self, name: &Located<String>) -> bool {
        let needs = spec(&name.value)
            .is_some_and(|spec| spec.arguments.iter().any(|argument| argument.required));
        let line = self.source.get(name.span.end..).and_then(|rest| rest.lines().next());
        let Some(line) = line.filter(|_| needs) else { return false };
        let comment = line.trim_start_matches([':', ' ', '\t']);
        if !comment.starts_with('#') {
            return false;
        }
        let end = name.span.end + line.trim_end().len();
        let start = name.span.end + (line.len() - comment.len());
        self.problems.push(
            Diagnostic::new(format!("`{}` has no value: ` #` begins a comment", name.value))
                .at(Span::new(start, end), "read as a comment")
                .help("quote a selector that starts with `#`"),
        );
        true
    }

    /// A step as the Recorder writes it: `type` beside its arguments.
    fn recorded(&mut self, item: &Node, entries: &[(Located<String>, Node)], parts: &mut Parts) {
        let Some((_, kind)) = entries.iter().find(|(key, _)| key.value == "type") else { return };
        let Some(kind_name) = kind.as_text() else {
            self.problems.push(
                Diagnostic::new(format!("`type` is {}, expected text", kind.describe()))
                    .at(kind.span, "expected the name of a step"),
            );
            return;
        };
        let mut name = Located::new(kind_name.to_owned(), kind.span);
        let mut arguments: Vec<_> =
            entries.iter().filter(|(key, _)| key.value != "type").cloned().collect();
        if kind_name == "customStep" {
            let custom = item.get("name").and_then(Node::as_text).unwrap_or_default();
            if custom == EXPECT_PIXEL {
                match item.get("parameters") {
                    Some(parameters) => {
                        parts.wanted.extend(expect::read(parameters, &mut self.problems));
                    }
                    None => self.problems.push(
                        Diagnostic::new("`expectPixel` needs `parameters`")
                            .at(item.span, "`parameters` is missing"),
                    ),
                }
                return;
            }
            if let Some(own) = custom.strip_prefix(OWN_PREFIX)
                && spec(own).is_some_and(|spec| !spec.recorder)
            {
                own.clone_into(&mut name.value);
                let inner = item.get("parameters").and_then(Node::as_map).unwrap_or_default();
                arguments.retain(|(key, _)| !matches!(key.value.as_str(), "name" | "parameters"));
                arguments.extend(inner.iter().cloned());
            }
        }
        if item.get(CENTER).and_then(Node::as_bool) == Some(true) {
            arguments
                .retain(|(key, _)| !matches!(key.value.as_str(), "offsetX" | "offsetY" | CENTER));
        }
        if let Some(found) = spec(&name.value) {
            // A newer Chrome may write keys that are not known yet; the
            // recording must still play.
            let known = known_keys(found);
            arguments.retain(|(key, _)| {
                let keep = known.contains(&key.value.as_str());
                if !keep && self.notices.len() < MOST_PROBLEMS {
                    self.notices.push(
                        Diagnostic::new(format!(
                            "`{}` of a recorded `{}` is not known",
                            shortened(&key.value, 60),
                            name.value
                        ))
                        .at(key.span, "not read"),
                    );
                }
                keep
            });
        }
        parts.steps.extend(self.step(&name, &arguments, item.span));
    }

    fn unknown_step(&mut self, name: &Located<String>) {
        let names: Vec<&str> = TABLE.iter().map(|spec| spec.name).collect();
        let meant = match name.value.as_str() {
            "goto" | "open" | "visit" => Some("navigate"),
            "fill" | "type" | "check" => Some("change"),
            "dblclick" => Some("doubleClick"),
            "waitFor" | "waitForSelector" => Some("waitForElement"),
            "waitForURL" | "waitForNavigation" => Some("waitForUrl"),
            "script" | "eval" | "execute" => Some("evaluate"),
            _ => None,
        };
        let mut problem = unknown("step", name, &names);
        if let Some(meant) = meant {
            problem.help = Some(format!("did you mean `{meant}`?"));
        }
        self.problems.push(problem);
    }

    fn step(
        &mut self,
        name: &Located<String>,
        arguments: &[(Located<String>, Node)],
        span: Span,
    ) -> Option<Step> {
        let Some(found) = spec(&name.value) else {
            self.unknown_step(name);
            return None;
        };
        let mut fields = Fields {
            what: found.name,
            entries: arguments,
            span: name.span,
            problems: &mut self.problems,
        };
        fields.reject_unknown(&known_keys(found));
        let label = fields.text("label").filter(|label| !label.trim().is_empty());
        let timeout_ms = positive(&mut fields, "timeout");
        let target = fields.text("target");
        let secret = fields.boolean("secret").unwrap_or(false);
        let asserted_events = asserted_events(&mut fields);
        let action = Action::read(found.name, &mut fields)?;
        if let Action::CustomStep(custom) = &action {
            let shown = shortened(&custom.name, 60);
            self.notices.push(
                Diagnostic::new(format!("the custom step `{shown}` is not done"))
                    .at(span, "another tool's step")
                    .help("only `expectPixel` means something here"),
            );
        }
        Some(Step { action, label, timeout_ms, target, asserted_events, secret, span })
    }
}

fn known_keys(spec: &StepSpec) -> Vec<&'static str> {
    spec.arguments.iter().chain(COMMON).map(|argument| argument.name).collect()
}

fn needs_map(spec: &StepSpec, value: &Node) -> Diagnostic {
    let names: Vec<String> = spec
        .arguments
        .iter()
        .filter(|argument| argument.required)
        .map(|argument| format!("{}: …", argument.name))
        .collect();
    let problem = Diagnostic::new(format!(
        "`{}` is {}, expected {}",
        spec.name,
        value.describe(),
        if names.is_empty() { "nothing" } else { "a map" }
    ))
    .at(value.span, if names.is_empty() { "takes no value" } else { "expected a map" });
    if names.is_empty() {
        return problem.help(format!("write `- {}`", spec.name));
    }
    problem.help(format!("write `{}: {{ {} }}`", spec.name, names.join(", ")))
}

/// Milliseconds; 0 would fail each step before it starts.
fn positive(fields: &mut Fields, name: &str) -> Option<u64> {
    let value = fields.whole(name)?;
    if value > 0 {
        return Some(value);
    }
    let node = fields.get(name)?.clone();
    fields.wrong(name, &node, "1 millisecond or more");
    None
}

fn asserted_events(fields: &mut Fields) -> Vec<AssertedEvent> {
    let Some(Argument { kind: ArgumentKind::Records(keys), .. }) =
        COMMON.iter().find(|argument| argument.name == "assertedEvents")
    else {
        return Vec::new();
    };
    fields
        .records("assertedEvents", keys, |event| {
            event.one_of("type", &["navigation"]);
            Some(AssertedEvent { url: event.text("url"), title: event.text("title") })
        })
        .unwrap_or_default()
}
