//! What a play is made to meet: a slow network or machine, none at all, fewer
//! cookies, a content blocker. Which of them, the context's circumstances say.

use serde_json::{Value, json};

use crate::browser::connection::{Outgoing, Reply};
use crate::browser::context::{Asked, Context};
use crate::browser::hub::text;
use crate::model::request::TargetKind;

/// What the play is made to meet, for a new session.
pub(crate) fn hinder(context: &Context, session: &str, kind: TargetKind, out: &mut Vec<Outgoing>) {
    let mut send = |method, params| {
        let session = Some(session.to_owned());
        out.push(Outgoing { session, method, params, reply: Reply::Nobody });
    };
    if context.look(|state| state.offline) {
        send("Network.emulateNetworkConditions", no_network());
    } else if let Some((bytes, latency)) = context.circumstances.network {
        send(
            "Network.emulateNetworkConditions",
            json!({
                "offline": false, "latency": latency,
                "downloadThroughput": bytes, "uploadThroughput": bytes,
            }),
        );
    }
    if let Some(rate) = context.circumstances.cpu
        && kind == TargetKind::Page
    {
        send("Emulation.setCPUThrottlingRate", json!({"rate": rate}));
    }
    if context.circumstances.own_cookies_only {
        send(
            "Network.setCookieControls",
            json!({
                "enableThirdPartyCookieRestriction": true,
                "disableThirdPartyCookieMetadata": true,
                "disableThirdPartyCookieHeuristics": true,
            }),
        );
    }
    if let Some(script) = context.circumstances.script
        && matches!(kind, TargetKind::Page | TargetKind::Iframe)
    {
        send(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({"source": script, "runImmediately": true}),
        );
    }
}

/// For pages to see; requests fail where they are paused.
pub(crate) fn no_network() -> Value {
    json!({"offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
}

/// Whether the context's content blocker refuses it. Pages themselves are never
/// refused.
pub(crate) fn is_refused(context: &Context, params: &Value) -> bool {
    let Some(refuses) = &context.circumstances.refuses else { return false };
    let Some(request) = params.get("request") else { return false };
    let frame = text(params, "frameId");
    let resource_type = text(params, "resourceType");
    let source = context.look(|state| {
        let frame = state.recorder.frame(frame)?;
        let navigates = resource_type == "Document";
        let parent = frame.parent.as_deref().and_then(|parent| state.recorder.frame(parent));
        match (navigates, parent) {
            (true, None) => None,
            (true, Some(parent)) => Some(parent.url.clone()),
            (false, _) => Some(frame.url.clone()),
        }
    });
    // Who sent it is not known of workers: they count as sent from its site.
    let source = match (source, resource_type) {
        (Some(source), _) => source,
        (None, "Document") => return false,
        (None, _) => String::new(),
    };
    refuses(&Asked {
        url: text(request, "url"),
        method: text(request, "method"),
        resource_type,
        source: &source,
    })
}
