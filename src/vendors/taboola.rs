//! Taboola.
//!
//! Documentation: <https://help.taboola.com/>.
//! Endpoints: `trc.taboola.com/<account>/trc/3/json` (the page view, inside
//! `data` as `mpvd.en`), `/<account>/log/3/unip` on `trc` and `trc-events`
//! (every other event, the image pixel too), `/log/3/mark` (the old pixel),
//! `/actions-handler/log/3/s2s-action`; the other logs and `sync`, `pips`,
//! `cds`, `match` carry no event.
//! Sample: `https://trc.taboola.com/1234567/log/3/unip?en=lead&revenue=9.9&currency=EUR`
//!
//! It does not read what publishers' recommendation widgets ask for.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Has};
use crate::vendors::frame::route::{Host, Library, Look, Route, Where, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, Vendor, param};
use crate::wire::json;

pub static TABOOLA: Vendor = Vendor {
    slug: "taboola",
    name: "Taboola",
    docs: "https://help.taboola.com/",
    notes: "the account is the path's first folder, the event `en`, for page views `mpvd.en` in \
            `data`; `pre_d_eng_tb` tells how long the page was looked at",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    automatic: &["pre_d_eng_tb"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Under("taboola.com")];
const MATCH: &[Host] = &[
    Is("pips.taboola.com"),
    Is("cds.taboola.com"),
    Is("psb.taboola.com"),
    Is("sync.taboola.com"),
    Is("match.taboola.com"),
];
const GIF: Answer = Answer::Gif;

const ROUTES: &[Route] = &[
    on(HOSTS, Has("/trc/3/json"), Endpoint::Event, Answer::Script("")).when(is_trc),
    on(HOSTS, Has("/log/3/unip"), Endpoint::Event, GIF).when(is_trc),
    on(HOSTS, Has("/log/3/mark"), Endpoint::Event, GIF).when(is_trc),
    on(HOSTS, Has("/log/3/s2s-action"), Endpoint::Event, GIF).when(is_trc),
    on(HOSTS, Has("/log"), Endpoint::Aux, GIF).when(is_log),
    on(HOSTS, Path::Under("/sg"), Endpoint::Aux, GIF).when(is_sync),
    on(MATCH, Path::Any, Endpoint::Aux, Answer::Empty),
];

const LIBRARIES: &[Library] = &[Library {
    hosts: &[Is("cdn.taboola.com")],
    path: Path::Under("/libtrc/unip"),
    account: Where::Segment(2),
    version: Where::Nowhere,
}];

const PARAMS: &[ParamSpec] = &[
    param("ccpaPs", "", Business),
    param("click-id", "", Identifier),
    param("currency", "currency", Business),
    param("cv", "", Environment),
    param("data.e", "referrer", Environment),
    param("data.mpvd.en", "", Identity),
    param("data.mpvd.item-url", "", Environment),
    param("data.mpvd.ref", "", Environment),
    param("data.mpvd.tim", "", Transport),
    param("data.sd", "", Identifier),
    param("data.tcs", "", Business),
    param("data.u", "url", Environment),
    param("data.ui", "", Identifier),
    param("data.vi", "", Transport),
    param("en", "", Identity),
    param("est", "", Transport),
    param("invt", "", Transport),
    param("item-url", "url", Environment),
    param("marking-type", "", Identity),
    param("name", "", Identity),
    param("orderid", "order_id", Business),
    param("quantity", "quantity", Business),
    param("ref", "referrer", Environment),
    param("revenue", "value", Business),
    param("scd", "", Transport),
    param("sd", "", Identifier),
    param("ssd", "", Transport),
    param("tcs", "", Business),
    param("tim", "", Transport),
    param("tos", "", Transport),
    param("ui", "", Identifier),
    param("unified_id", "email_sha256", Identifier),
    param("vi", "", Transport),
];

fn is_trc(look: &Look<'_>) -> bool {
    let name = look.address.host.split('.').next().unwrap_or_default();
    name.split('-').any(|word| word == "trc" || word == "events")
}

/// A bare address is somebody who looks.
fn is_log(look: &Look<'_>) -> bool {
    is_trc(look) && !look.address.is_bare()
}

fn is_sync(look: &Look<'_>) -> bool {
    is_trc(look) || look.address.host.starts_with("sync")
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let account = exchange.address.segments().next().unwrap_or_default();
    if !matches!(account, "" | "sg" | "actions-handler" | "log" | "trc") {
        draft.account(account);
    }
    if !exchange.is_event() {
        return;
    }
    let mut fields = exchange.fields();
    let data = fields.remove("data").map(json::parse_text);
    let of_data = data.as_ref().and_then(|data| {
        let marked = data.text_at("mpv").filter(|marked| marked == "true");
        let old = marked.map(|_| Cow::Borrowed("page_view"));
        data.text_at("mpvd.en").or_else(|| data.text_at("en")).or(old)
    });
    let name = fields.first_of(&["en", "marking-type", "name"]).or(of_data);
    let Some(name) = name else {
        // A publisher's widget asks for recommendations there.
        if !exchange.address.path.contains("/trc/3/json") {
            draft.problem("no event name in `en`");
        }
        return;
    };
    let mut params = draft.params(fields);
    if let Some(data) = data {
        params.extend(draft.nested("data", data));
    }
    draft.event(name, draft.only_account(), params);
}
