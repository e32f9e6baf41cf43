//! Meta's standard events.
//! Source: <https://developers.facebook.com/docs/meta-pixel/reference>. The
//! catalogue's demands (ids of products) hold for shops with a catalogue only
//! and are not in here.

use crate::checks::definitions::{Definitions, Event, Meaning, event, must, needing};

pub const EVENTS: Definitions = Definitions {
    vendor: "meta",
    events: STANDARD,
    also: &["SubscribedButtonClick", "Microdata", "InputData"],
    exact: true,
    recognised_by: &["event_id"],
    misplaced: &["cd[event_id]", "cd[eventID]", "cd[eventId]"],
};

const STANDARD: &[Event] = &[
    event("PageView", Meaning::Page),
    event("ViewContent", Meaning::View),
    event("Search", Meaning::Search),
    event("AddToWishlist", Meaning::Wishlist),
    event("AddToCart", Meaning::Cart),
    event("InitiateCheckout", Meaning::Checkout),
    event("AddPaymentInfo", Meaning::Payment),
    needing("Purchase", Meaning::Purchase, &[must("value"), must("currency")]),
    event("Lead", Meaning::Lead),
    event("CompleteRegistration", Meaning::Registration),
    event("Contact", Meaning::Contact),
    event("SubmitApplication", Meaning::Lead),
    event("Schedule", Meaning::Lead),
    event("Subscribe", Meaning::Subscription),
    event("StartTrial", Meaning::Subscription),
    event("CustomizeProduct", Meaning::Other),
    event("Donate", Meaning::Other),
    event("FindLocation", Meaning::Other),
];
