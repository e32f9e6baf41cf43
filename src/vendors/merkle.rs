//! Merkle Merkury: recognising visitors.
//!
//! Documentation: <https://www.merkle.com/en/merkury.html>.
//! Endpoint: `/tpTracking/loader/load.js` on any host, with the client in
//! `sv_cid` and the page in `url`: a script by its name, it tells the page at
//! the same time.
//! Sample: `https://tag.shop.example/tpTracking/loader/load.js?sv_cid=5200_04231&url=…`
//!
//! It reads nothing of the partners that the script then asks.

use crate::vendors::frame::answer::Answer::Script;
use crate::vendors::frame::draft::Draft;
use crate::vendors::frame::route::Path::Ends;
use crate::vendors::frame::route::{Route, anywhere};
use crate::vendors::frame::vendor::{Endpoint, Exchange, Vendor};
use crate::wire::query;

pub static MERKLE: Vendor = Vendor {
    slug: "merkle",
    name: "Merkle Mercury",
    docs: "https://www.merkle.com/en/merkury.html",
    notes: "the account is `sv_cid`; the only request recognises a visitor and is no event",
    routes: ROUTES,
    decode,
    ..Vendor::BASE
};

const ROUTES: &[Route] = &[anywhere(Ends("/tpTracking/loader/load.js"), Endpoint::Aux, Script(""))
    .when(|look| look.has_query("sv_cid"))];

fn decode<'a>(exchange: &Exchange<'a>, draft: &mut Draft<'a>) {
    draft.account(query::first(exchange.address.query, "sv_cid").unwrap_or_default());
}
