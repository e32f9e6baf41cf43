//! Brevo (formerly Sendinblue): the tracker and its REST twin.
//!
//! Documentation: <https://developers.brevo.com/docs/gettings-started-with-sendinblue-tracker>.
//! Endpoints: `in-automate.brevo.com/p` (also `in-automate.sendinblue.com`)
//! with everything in the query, and `/api/v2/<what happened>` with JSON and the
//! key in the header `ma-key`.
//! Sample: `https://in-automate.brevo.com/p?key=ab12&sib_type=page&sib_name=Home`
//!
//! It does not read chat and forms.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity};
use crate::vendors::frame::answer::Answer::{Image, NoContent};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path::{self, Any};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};

pub static BREVO: Vendor = Vendor {
    slug: "brevo",
    name: "Brevo",
    docs: "https://developers.brevo.com/docs/gettings-started-with-sendinblue-tracker",
    notes: "the account is the tracker's key; a custom event has its own name, page views and \
            links are called `page` and `link`; identifying a person is no event",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["page"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("in-automate.brevo.com"), Is("in-automate.sendinblue.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/p"), Endpoint::Event, Image),
    on(HOSTS, Path::Is("/api/v2/identify"), Endpoint::Aux, NoContent),
    on(HOSTS, Path::Under("/api/v2"), Endpoint::Event, NoContent),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("sibautomation.com")],
        path: Path::Is("/sa.js"),
        account: Where::Query("key"),
        version: Where::Nowhere,
    },
    library(&[Is("cdn.brevo.com")], Any),
];

const PARAMS: &[ParamSpec] = &[
    param("cuid", "client_id", Identifier),
    param("email", "", Identifier),
    param("email_id", "", Identifier),
    param("event", "", Identity),
    param("key", "", Identity),
    param("link", "link_url", Business),
    param("ma_path", "page_path", Environment),
    param("ma_referrer", "referrer", Environment),
    param("ma_title", "title", Environment),
    param("ma_url", "url", Environment),
    param("page", "page_name", Business),
    param("sib_name", "", Identity),
    param("sib_type", "", Identity),
];

const GROUPS: &[Group] = &[
    group("properties.", "", Identifier, true),
    group("eventdata.data.", "", Business, true),
    group("eventdata.", "", Business, true),
    group("ma_", "", Environment, false),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let mut fields = exchange.query();
    let json = exchange.body.trim_ascii_start().starts_with(b"{");
    let body = if json { draft.json(exchange) } else { None };
    if !json {
        fields.read_body(exchange.body, exchange.request.content_type);
    }
    let of = |name: &str| fields.cow(name).or_else(|| body.as_ref()?.text_at(name));
    let account = of("key").or_else(|| exchange.header("ma-key").map(Cow::Borrowed));
    let account = account.unwrap_or_default();
    draft.account(account.clone());
    let own = of("sib_name").or_else(|| of("event"));
    let last = exchange.address.segments().next_back().unwrap_or_default();
    let kind = of("sib_type").unwrap_or(Cow::Borrowed(match last {
        "trackLink" => "link",
        "trackPage" => "page",
        "trackEvent" => "track",
        _ if own.is_some() => "track",
        _ => "page",
    }));
    // A body that was cut off tells of no event.
    if !exchange.is_event() || kind == "identify" || (json && body.is_none()) {
        return;
    }
    let name = match &*kind {
        "track" | "custom" | "trackEvent" => own,
        "trackLink" => Some("link".into()),
        _ => Some(kind),
    };
    let Some(name) = name else { return draft.problem("no event name") };
    let mut params = draft.params(fields);
    params.extend(body.map(|body| draft.json_params(body)).unwrap_or_default());
    draft.event(name, account, params);
}
