//! Marketo Munchkin.
//!
//! Documentation: <https://developers.marketo.com/javascript-api/lead-tracking/>.
//! Endpoints: `<munchkin id>.mktoresp.com/webevents/<what happened>`, with
//! everything in the query; forms are posted to `/index.php/leadCapture` on the
//! instance's host.
//! Sample:
//! `https://123-abc-456.mktoresp.com/webevents/visitWebPage?_mchNc=1&_mchId=123-ABC-456&_mchRu=%2F`
//!
//! It does not read web personalisation, which has hosts of its own.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::{Empty, Json as JsonAnswer};
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Any};
use crate::vendors::frame::route::{Host, Library, Route, Where, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Group, ParamSpec, Vendor, group, param};

pub static MARKETO: Vendor = Vendor {
    slug: "marketo",
    name: "Marketo Munchkin",
    docs: "https://developers.marketo.com/javascript-api/lead-tracking/",
    notes: "the account is the Munchkin id (`_mchId`, or the host's first label), the event the \
            path's last folder (`visitWebPage`, `clickLink`, `associateLead`); a form is called \
            `form_submission`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    groups: GROUPS,
    decode,
    automatic: &["visitWebPage", "clickLink"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("mktoresp.com")];
const INSTANCES: &[Host] = &[Under("marketo.com"), Under("mktoweb.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Under("/webevents"), Endpoint::Event, Empty),
    on(INSTANCES, Path::Starts("/index.php/leadCapture/save"), Endpoint::Event, JsonAnswer("{}")),
];

const LIBRARIES: &[Library] = &[
    Library {
        hosts: &[Is("munchkin.marketo.net")],
        path: Any,
        account: Where::Nowhere,
        version: Where::Segment(0),
    },
    library(INSTANCES, Path::Starts("/js/forms2/")),
];

const PARAMS: &[ParamSpec] = &[
    param("Email", "", Identifier),
    param("FirstName", "", Identifier),
    param("LastName", "", Identifier),
    param("Phone", "", Identifier),
    param("_mchCn", "campaign", Business),
    param("_mchEcid", "", Identifier),
    param("_mchHa", "", Environment),
    param("_mchHo", "", Environment),
    param("_mchHr", "link_url", Business),
    param("_mchId", "", Identity),
    param("_mchKy", "", Identifier),
    param("_mchNc", "", Transport),
    param("_mchPc", "", Environment),
    param("_mchPo", "", Environment),
    param("_mchQp", "", Environment),
    param("_mchRe", "referrer", Environment),
    param("_mchRu", "page_path", Environment),
    param("_mchTk", "client_id", Identifier),
    param("_mchVr", "", Environment),
    param("_mkt_trk", "client_id", Identifier),
    param("_mktoReferrer", "referrer", Environment),
    param("checksum", "", Transport),
    param("checksumFields", "", Transport),
    param("formVid", "", Environment),
    param("formid", "form_id", Business),
    param("lpId", "", Environment),
    param("munchkinId", "", Identity),
];

const GROUPS: &[Group] = &[
    group("_mchAt", "", Identifier, false),
    group("_m", "", Environment, false),
    // The form's own fields.
    group("", "", Business, true),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.first_of(&["_mchId", "munchkinId"]).or_else(|| of_host(exchange));
    let account = account.unwrap_or_default();
    draft.account(account.clone());
    let mut segments = exchange.address.segments();
    let name = match (segments.next(), segments.next()) {
        (Some("webevents"), Some(what)) => what,
        (Some("webevents"), None) => return draft.problem("no event name in the path"),
        _ => "form_submission",
    };
    draft.event(name, account, draft.params(fields));
}

/// `123-abc-456.mktoresp.com` is the host of `123-ABC-456`.
fn of_host<'a>(exchange: &Exchange<'a>) -> Option<Cow<'a, str>> {
    let label = exchange.address.host.strip_suffix(".mktoresp.com")?;
    Some(Cow::Owned(label.to_ascii_uppercase()))
}
