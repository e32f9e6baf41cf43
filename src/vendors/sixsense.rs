//! 6sense.
//!
//! Documentation: <https://support.6sense.com/>.
//! Endpoints: `b.6sc.co/v1/beacon/img.gif`; `c.6sc.co` and `ipv6.6sc.co` match
//! visitors, `epsilon.6sense.com/v3/company/details` looks the company up.
//! Sample: `https://b.6sc.co/v1/beacon/img.gif?token=cd4b&event=a_pageload&q=%7B%7D`
//!
//! It does not read what the lookup answers.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};
use crate::wire::json;

pub static SIXSENSE: Vendor = Vendor {
    slug: "sixsense",
    name: "6sense",
    docs: "https://support.6sense.com/",
    notes: "the account is `token`, the event `event`; the lookup of the company is no event",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["a_pageload", "active_time_track", "a_click"],
    ..Vendor::BASE
};

const BEACON: &[Host] = &[Is("b.6sc.co")];
const MATCH: &[Host] = &[Is("c.6sc.co"), Is("ipv6.6sc.co")];
const LOOKUP: &[Host] = &[Is("epsilon.6sense.com"), Is("eps.6sc.co")];

const ROUTES: &[Route] = &[
    on(BEACON, Path::Under("/v1/beacon"), Endpoint::Event, Answer::Image),
    on(MATCH, Path::Any, Endpoint::Aux, Answer::Empty),
    on(LOOKUP, Path::Has("/company/details"), Endpoint::Aux, Answer::Json("{}")),
];

const LIBRARIES: &[Library] = &[library(&[Is("j.6sc.co")], Path::Any)];

const PARAMS: &[ParamSpec] = &[
    param("cb", "", Transport),
    param("event", "", Identity),
    param("isIframe", "", Environment),
    param("m", "", Environment),
    param("pageURL", "url", Environment),
    param("pageViewId", "", Transport),
    param("r", "referrer", Environment),
    param("session", "session_id", Identifier),
    param("svisitor", "client_id", Identifier),
    param("thirdParty", "", Identifier),
    param("token", "", Identity),
    param("v", "", Environment),
    param("visitor", "", Identifier),
];

const GROUPS: &[Group] = &[
    // What the lookup answered for this visitor.
    group("q.metadata.", "", Identifier, false),
    group("q.", "", Business, true),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    if !exchange.is_event() {
        return;
    }
    let mut fields = exchange.fields();
    draft.account(fields.cow("token").unwrap_or_default());
    let Some(name) = fields.cow("event") else {
        draft.problem("no event name in `event`");
        return;
    };
    let more = fields.remove("q").map(json::parse_text);
    let mut params = draft.params(fields);
    if let Some(more) = more {
        params.extend(draft.nested("q", more));
    }
    draft.event(name, draft.only_account(), params);
}
