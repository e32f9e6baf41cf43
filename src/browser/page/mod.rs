//! The JavaScript that runs inside pages: the recorder of calls, and the finder
//! of elements. It only puts the sources together; injecting and calling them is
//! the sessions' part.

use serde_json::json;

const HOOKS: &str = concat!(
    include_str!("hooks/start.js"),
    include_str!("hooks/values.js"),
    include_str!("hooks/report.js"),
    include_str!("hooks/watch.js"),
    include_str!("hooks/wrap.js"),
    include_str!("hooks/forms.js"),
    include_str!("hooks/events.js"),
    include_str!("hooks/checkpoints.js"),
);

/// An expression whose value is an object of functions, to be kept for each
/// execution context of an isolated world; see `selectors/start.js`.
pub const SELECTORS: &str = concat!(
    include_str!("selectors/start.js"),
    include_str!("selectors/names.js"),
    include_str!("selectors/find.js"),
    include_str!("selectors/wait.js"),
    include_str!("selectors/act.js"),
    include_str!("selectors/describe.js"),
    include_str!("selectors/controls.js"),
);

/// The recorder of calls as a script for `Page.addScriptToEvaluateOnNewDocument`.
///
/// `binding` is the name that was given to `Runtime.addBinding`, a plain
/// identifier that no page can guess; an event of that name, dispatched on
/// `window`, makes the recorder look for what it has not seen yet. `layers` are
/// names of data layers beyond `dataLayer`.
///
/// Each `Runtime.bindingCalled` carries one JSON text:
///
/// - `{"t":"call","name":"fbq","args":[…],"at":1700000000000.5,"stack":"    at …"|null}`
///   with `"queued":true` when the call was found in a queue after it had been
///   made; `at` is in milliseconds since the epoch, `stack` holds V8's frame
///   lines without a first line, innermost first. A form's call is
///   `form.submit`, `[{action, method, id, name, valid, fields}]`, or
///   `form.invalid`, `[{action, method, id, name, fields}]`.
/// - `{"t":"calls","calls":[…]}`: many of the above, from a page that makes
///   more than 200 in a second.
/// - `{"t":"event","kind":"click","target":"button#buy","prevented":false,"stopped":false,"at":…}`:
///   an event of a person, or a form's submit, after every handler has run; of
///   the kind `replaced` where a data layer was put in the place of another.
/// - `{"t":"global","name":"fbq","state":"stub","at":…}`: how a vendor's
///   function stands from now on: `absent`, `stub`, `real`.
/// - `{"t":"held","kind":"text/plain","url":"…","names":["fbq"],"at":…}`: a
///   script that does not run, because its type says so.
/// - `{"t":"limit","at":…,"calls":50000}`: nothing more comes from this document.
pub fn hooks(binding: &str, layers: &[String]) -> String {
    format!("({HOOKS}\n)({});\n", json!({ "binding": binding, "layers": layers }))
}

/// A script that gives the global world that expression's value under that name.
/// It is made when it is first asked for: most documents never are.
pub fn when_asked_for(name: &str, expression: &str) -> String {
    format!(
        r#"if (!("{name}" in globalThis)) Object.defineProperty(globalThis, "{name}", {{
  configurable: true,
  get() {{
    const value = {expression}
    ;
    Object.defineProperty(globalThis, "{name}", {{ value }});
    return value;
  }},
}});
"#,
        expression = expression.trim_end().trim_end_matches(';'),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_name_cannot_end_the_script() {
        let source = hooks("b1", &["a'\"});alert(1)//".to_owned(), "\u{2028}".to_owned()]);
        assert!(source.contains(r#"{"binding":"b1","layers":["a'\"});alert(1)//","#));
        assert!(source.starts_with("(//"));
    }
}
