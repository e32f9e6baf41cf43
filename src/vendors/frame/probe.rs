//! What tells where an event of a vendor got lost on a page: the names of its
//! functions, and what calls set up an account or speak of consent. The stages
//! themselves are the same for every vendor and stand in `checks::trail`.
//! Sources: each vendor's own snippet and consent calls, as its documentation
//! (`Vendor::docs`) has them.

use serde_json::Value;

use crate::model::call::Call;

/// A vendor's probes. A table begins with its own lines and ends with
/// `..Probes::NONE`.
#[derive(Debug)]
pub struct Probes {
    /// Functions or queues that its snippet puts on the page, as
    /// `browser/page/hooks/watch.js` watches them.
    pub globals: &'static [&'static str],
    /// A library that runs takes the stub over, and that can be seen.
    pub takes_over: bool,
    /// How a call for an event is written; `{}` stands for its name.
    pub spoken: &'static str,
    /// The account that a call sets up.
    pub account: fn(&Call) -> Option<String>,
    /// Whether a call grants consent or denies it; `None`: it speaks of
    /// something else.
    pub consent: fn(&Call) -> Option<bool>,
    /// Without consent the library keeps events back, rather than sending
    /// them without identifiers.
    pub holds_back: bool,
}

impl Probes {
    pub const NONE: Self = Self {
        globals: &[],
        takes_over: false,
        spoken: "",
        account: |_| None,
        consent: |_| None,
        holds_back: false,
    };
}

/// The id in a call such as `fbq("init", "123")`.
pub fn set_up(call: &Call, name: &str, methods: &[&str]) -> Option<String> {
    let method = call.args.first()?.as_str()?;
    if call.name != name || !methods.contains(&method) {
        return None;
    }
    text_of(call.args.get(1)?)
}

/// Pages write ids as text and as numbers.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What `gtag("consent", "default" or "update", {…})`, or the same pushed to a
/// queue of that name, says of a signal.
pub fn signal_of(call: &Call, name: &str, signal: &str) -> Option<bool> {
    let text = |at: usize| call.args.get(at).and_then(Value::as_str);
    if call.name != name || text(0) != Some("consent") {
        return None;
    }
    match call.args.get(2)?.get(signal)?.as_str()? {
        "granted" => Some(true),
        "denied" => Some(false),
        _ => None,
    }
}
