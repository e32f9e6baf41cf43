//! Salesforce Pardot (Account Engagement).
//!
//! Documentation: <https://help.salesforce.com/s/articleView?id=mktg.pardot_visitor_tracking.htm>.
//! Endpoint: `pi.pardot.com/analytics`, a script whose query is the page view;
//! a tracker on the site's own domain has the same path. A second request
//! with `conly=true` only takes the cookie along.
//! Sample:
//! `https://pi.pardot.com/analytics?ver=3&visitor_id=&campaign_id=1508&account_id=882152&title=A`
//!
//! It does not read forms, which Pardot's own pages hold.

use crate::model::hit::ParamClass::{Business, Environment, Identifier, Identity, Transport};
use crate::vendors::frame::answer::Answer::Script;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Host::{Is, Under};
use crate::vendors::frame::route::Path::{self, Ends};
use crate::vendors::frame::route::{Host, Library, Look, Route, anywhere, library, on};
use crate::vendors::frame::vendor::{Endpoint, Exchange, ParamSpec, ParamType, Vendor, param};

pub static PARDOT: Vendor = Vendor {
    slug: "pardot",
    name: "Salesforce Pardot",
    docs: "https://help.salesforce.com/s/articleView?id=mktg.pardot_visitor_tracking.htm",
    notes: "the account is `account_id`; each request is a page view and called `page_view`, but \
            one with `conly=true` only takes the cookie to the site's own domain",
    routes: ROUTES,
    libraries: LIBRARIES,
    params: PARAMS,
    decode,
    automatic: &["page_view"],
    ..Vendor::BASE
};

const HOSTS: &[Host] = &[Is("pi.pardot.com"), Is("cdn.pardot.com"), Is("pi.demo.pardot.com")];
const OK: crate::vendors::frame::answer::Answer = Script("");

const ROUTES: &[Route] = &[
    on(HOSTS, Path::Is("/analytics"), Endpoint::Aux, OK).when(is_cookie_only),
    on(HOSTS, Path::Is("/analytics"), Endpoint::Event, OK),
    anywhere(Path::Is("/analytics"), Endpoint::Aux, OK)
        .when(|look| is_tracker(look) && is_cookie_only(look)),
    anywhere(Path::Is("/analytics"), Endpoint::Event, OK).when(is_tracker),
];

const LIBRARIES: &[Library] = &[library(&[Under("pardot.com")], Ends("/pd.js"))];

const PARAMS: &[ParamSpec] = &[
    param("account_id", "", Identity),
    param("campaign_id", "campaign_id", Business),
    param("pi_opt_in", "consent_given", Business).of(ParamType::Text),
    param("referrer", "referrer", Environment),
    param("title", "title", Environment),
    param("url", "url", Environment),
    param("ver", "", Environment),
    param("visitor_id", "client_id", Identifier),
    param("visitor_id_sign", "", Identifier),
    param("z", "", Transport),
];

fn is_cookie_only(look: &Look<'_>) -> bool {
    look.query_starts("conly", "true")
}

/// A page of a shop may be called `/analytics` too.
fn is_tracker(look: &Look<'_>) -> bool {
    ["account_id", "visitor_id", "pi_opt_in"].iter().all(|name| look.has_query(name))
}

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    let fields = exchange.fields();
    let account = fields.cow("account_id").unwrap_or_default();
    draft.account(account.clone());
    if !exchange.is_event() {
        return;
    }
    if account.is_empty() {
        draft.problem("no account in `account_id`");
    }
    draft.event("page_view", account, draft.params(fields));
}
