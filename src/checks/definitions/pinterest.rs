//! Pinterest's event types, whose names are read without case.
//! Source: <https://help.pinterest.com/en/business/article/add-event-codes>.

use crate::checks::definitions::{Definitions, Event, Meaning, event, needing, should};

pub const EVENTS: Definitions = Definitions {
    vendor: "pinterest",
    events: STANDARD,
    also: &["custom", "init", "user"],
    exact: false,
    recognised_by: &["event_id"],
    misplaced: &["ed.eventID", "ed[eventID]"],
};

const STANDARD: &[Event] = &[
    event("pagevisit", Meaning::Page),
    event("viewcategory", Meaning::List),
    event("viewcontent", Meaning::View),
    event("search", Meaning::Search),
    event("addtowishlist", Meaning::Wishlist),
    event("addtocart", Meaning::Cart),
    event("initiatecheckout", Meaning::Checkout),
    event("addpaymentinfo", Meaning::Payment),
    needing("checkout", Meaning::Purchase, &[should("value"), should("currency").with_value()]),
    event("lead", Meaning::Lead),
    event("signup", Meaning::Registration),
    event("contact", Meaning::Contact),
    event("subscribe", Meaning::Subscription),
    event("starttrial", Meaning::Subscription),
    event("watchvideo", Meaning::Other),
];
