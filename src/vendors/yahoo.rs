//! Yahoo Dot.
//!
//! Documentation: <https://developer.yahooinc.com/dsp/api/docs/>.
//! Endpoints: `sp.analytics.yahoo.com/sp.pl` and, from image tags and where
//! cookies are limited, `/spp.pl`.
//! Sample: `https://sp.analytics.yahoo.com/sp.pl?a=10000&.yp=440576&ec=shop&ea=purchase&gv=99.5`
//!
//! It does not read the configuration under `s.yimg.com/wi`.

use std::borrow::Cow;

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::Is;
use crate::vendors::frame::route::Path;
use crate::vendors::frame::route::{Host, Library, Route, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, Vendor, param};

pub static YAHOO: Vendor = Vendor {
    slug: "yahoo",
    name: "Yahoo Dot",
    docs: "https://developer.yahooinc.com/dsp/api/docs/",
    notes: "the account is the pixel id `.yp` (`a` is the project), the event `ea`, else `ec`, \
            else a page view called `page_view`",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("sp.analytics.yahoo.com")];

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/sp.pl"), Endpoint::Event, Answer::Image),
    on(HOSTS, Path::Is("/spp.pl"), Endpoint::Event, Answer::Image),
];

const LIBRARIES: &[Library] = &[library(&[Is("s.yimg.com")], Path::Under("/wi"))];

const PARAMS: &[ParamSpec] = &[
    param(".yp", "", Identity),
    param("a", "project_id", Identity),
    param("b", "title", Environment),
    param("c", "", Transport),
    param("cb", "", Transport),
    param("currency", "currency", Business),
    param("d", "", Transport),
    param("e", "referrer", Environment),
    param("ea", "event_action", Identity),
    param("ec", "event_category", Business),
    param("el", "event_label", Business),
    param("enc", "", Environment),
    param("et", "", Business),
    param("ev", "event_value", Business),
    param("f", "url", Environment),
    param("gc", "currency", Business),
    param("gdpr", "", Business),
    param("gpp", "", Business),
    param("gv", "value", Business),
    param("he", "email_sha256", Identifier),
    param("isIframe", "", Environment),
    param("j", "", Transport),
    param("n", "", Transport),
    param("product_id", "product_id", Business),
    param("tagmgr", "", Environment),
    param("us_privacy", "", Business),
    param("yv", "", Environment),
];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.first_of(&[".yp", "yp"]).unwrap_or_default();
    if account.is_empty() {
        draft.problem("no pixel id in `.yp`");
    }
    draft.accounts(account, ',');
    let name = fields.first_of(&["ea", "ec"]).unwrap_or(Cow::Borrowed("page_view"));
    draft.event(name, draft.only_account(), draft.params(fields));
}
