//! VWO (`Visual Website Optimizer`).
//!
//! Documentation: <https://developers.vwo.com/>.
//! Endpoints: `dev.visualwebsiteoptimizer.com/events/t?en=…&a=…` (JSON), the
//! older images `/l.gif` (a variation was shown), `/c.gif` (a goal was reached)
//! and `/s.gif` (a page of a session), all also below a region's folder; other
//! images are telemetry.
//! Sample: `https://dev.visualwebsiteoptimizer.com/c.gif?account_id=1&experiment_id=2&goal_id=3`
//!
//! It does not read heatmaps and recordings.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Gif, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{Ends, Is as Exactly, Starts};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{
    Endpoint, Exchange, Group, ParamSpec, ParamType, Vendor, group, param,
};

pub static VWO: Vendor = Vendor {
    slug: "vwo",
    name: "VWO",
    docs: "https://developers.vwo.com/",
    notes: "the account is `a` or `account_id`, the event `en`; the older images are \
            `variation_shown`, `conversion` and `page_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["vwo_pageView", "vwo_variationShown", "variation_shown", "page_view"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("visualwebsiteoptimizer.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Ends("/events/t"), Endpoint::Event, NoContent),
    on(HOSTS, Ends("/l.gif"), Endpoint::Event, Gif),
    on(HOSTS, Ends("/c.gif"), Endpoint::Event, Gif),
    on(HOSTS, Ends("/s.gif"), Endpoint::Event, Gif),
    on(HOSTS, Ends("/server-side/track-user"), Endpoint::Event, Gif),
    on(HOSTS, Ends("/server-side/track-goal"), Endpoint::Event, Gif),
    on(HOSTS, Ends("/t"), Endpoint::Event, NoContent),
    on(HOSTS, Ends("/h.gif"), Endpoint::Replay, Gif),
    on(HOSTS, Ends("/v.gif"), Endpoint::Aux, Gif),
    on(HOSTS, Ends("/gv.gif"), Endpoint::Aux, Gif),
    on(HOSTS, Ends("/e.gif"), Endpoint::Aux, Gif),
    on(HOSTS, Ends("/ee.gif"), Endpoint::Aux, Gif),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("dev.visualwebsiteoptimizer.com")],
        path: Exactly("/j.php"),
        account: Where::Query("a"),
        version: Where::Nowhere,
    },
    library(HOSTS, Starts("/lib/")),
    library(HOSTS, Starts("/tag/")),
    library(HOSTS, Starts("/va-")),
    library(HOSTS, Starts("/web/")),
];

const PARAMS: &[ParamSpec] = &[
    param("a", "", Identity),
    param("account_id", "", Identity),
    param("combination", "", Identifier),
    param("d.event.name", "", Identity),
    param("d.event.props.page.referredUrl", "referrer", Environment),
    param("d.event.props.page.title", "title", Environment),
    param("d.event.props.page.url", "url", Environment),
    param("d.event.time", "", Transport).of(ParamType::Time),
    param("d.msgId", "event_id", Identifier),
    param("d.sessionId", "session_id", Identifier),
    param("d.visId", "client_id", Identifier),
    param("eTime", "", Transport).of(ParamType::Time),
    param("en", "", Identity),
    param("experiment_id", "experiment_id", Business),
    param("goal_id", "goal_id", Business),
    param("p", "", Transport),
    param("r", "value", Business),
    param("random", "", Transport),
    param("u", "client_id", Identifier),
    param("url", "url", Environment),
    param("uuid", "client_id", Identifier),
];

const GROUPS: &[Group] = &[
    group("d.event.props.page.", "", Environment, false),
    group("d.event.props.vwoMeta.", "", Transport, false),
    group("d.event.props.$", "", Environment, false),
    group("d.event.props.", "", Business, true),
    group("d.visitor.props.", "", Environment, false),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let is_json = exchange.body.trim_ascii_start().starts_with(b"{");
    let fields = if is_json { exchange.query() } else { exchange.fields() };
    let account = fields.first_of(&["a", "account_id"]).unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    let body = if is_json { draft.json(exchange) } else { None };
    let told = fields.cow("en").or_else(|| body.as_ref()?.text_at("d.event.name"));
    let name = match exchange.address.segments().next_back() {
        Some("l.gif" | "track-user") => Cow::Borrowed("variation_shown"),
        Some("c.gif" | "track-goal") => Cow::Borrowed("conversion"),
        Some("s.gif") => Cow::Borrowed("page_view"),
        _ => match told {
            Some(name) => name,
            None => return draft.problem("no event name in `en`"),
        },
    };
    if account.is_empty() {
        draft.problem("no account in `a` or `account_id`");
    }
    let mut params = draft.params(fields);
    if let Some(body) = body {
        params.extend(draft.json_params(body));
    }
    draft.event(name, account, params);
}
