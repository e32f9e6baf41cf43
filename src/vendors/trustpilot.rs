//! Trustpilot: widgets on the shop's pages and invitations to review.
//!
//! Documentation: <https://support.trustpilot.com/hc/en-us/articles/115011421468>.
//! Endpoint: `widget.trustpilot.com/stats/<what happened>`, everything in the
//! query. Widgets' contents and scripts are loaded from the same host.
//! Sample:
//! `https://widget.trustpilot.com/stats/TrustboxImpression?locale=en-GB&businessUnitId=5f00aa`
//!
//! It does not read what the invitation script sends from its own frame.

use crate::model::hit::ParamClass::{Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Image;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Any};
use crate::vendors::frame::route::{Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, Vendor, param};

pub static TRUSTPILOT: Vendor = Vendor {
    slug: "trustpilot",
    name: "Trustpilot",
    docs: "https://support.trustpilot.com/hc/en-us/articles/115011421468",
    notes: "the account is `businessUnitId`, the event the path's last folder \
            (`TrustboxImpression`, `TrustboxView`, `TrustboxEngagement`)",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    automatic: &["TrustboxImpression", "TrustboxView", "TrustboxEngagement"],
    ..Vendor::BASE
};

const ROUTES: &[Route] =
    &[on(&[Is("widget.trustpilot.com")], Path::Under("/stats"), Endpoint::Event, Image)];

const LIBRARIES: &[Library] = &[
    library(&[Is("invitejs.trustpilot.com")], Path::Is("/tp.min.js")),
    library(&[Is("widget.trustpilot.com")], Path::Under("/bootstrap")),
    library(&[Is("widget.trustpilot.com")], Path::Under("/trustboxes")),
    library(&[Is("ecommplugins-scripts.trustpilot.com")], Any),
];

const PARAMS: &[ParamSpec] = &[
    param("businessUnitId", "", Identity),
    param("businessunitid", "", Identity),
    param("referrer", "referrer", Environment),
    param("session", "session_id", Identifier),
    param("templateId", "", Identity),
    param("timestamp", "", Transport),
    param("url", "url", Environment),
    param("userId", "client_id", Identifier),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.first_of(&["businessUnitId", "businessunitid"]).unwrap_or_default();
    draft.account(account.clone());
    match exchange.address.segments().nth(1) {
        Some(name) => draft.event(name, account, draft.params(fields)),
        None => draft.problem("no event name in the path"),
    }
}
