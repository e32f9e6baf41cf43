//! TikTok's standard events, in the former and in today's names.
//! Source: <https://ads.tiktok.com/help/article/standard-events-parameters>;
//! copies: <https://ads.tiktok.com/help/article/event-deduplication>.

use crate::checks::definitions::{Definitions, Event, Meaning, Need, event, needing, should};

pub const EVENTS: Definitions = Definitions {
    vendor: "tiktok",
    events: STANDARD,
    also: &["Metadata", "Click", "Submit", "PageLeave", "EnrichAM", "ClickButton"],
    exact: true,
    recognised_by: &["event_id"],
    misplaced: &["properties.event_id", "properties.eventID"],
};

const PAID: &[Need] = &[should("value"), should("currency").with_value()];
const PRICED: &[Need] = &[should("currency").with_value()];

const STANDARD: &[Event] = &[
    event("Pageview", Meaning::Page),
    needing("ViewContent", Meaning::View, PRICED),
    event("Search", Meaning::Search),
    needing("AddToWishlist", Meaning::Wishlist, PRICED),
    needing("AddToCart", Meaning::Cart, PRICED),
    needing("InitiateCheckout", Meaning::Checkout, PRICED),
    needing("AddPaymentInfo", Meaning::Payment, PRICED),
    needing("CompletePayment", Meaning::Purchase, PAID),
    needing("Purchase", Meaning::Purchase, PAID),
    needing("PlaceAnOrder", Meaning::Other, PRICED),
    event("SubmitForm", Meaning::Lead),
    event("Lead", Meaning::Lead),
    event("SubmitApplication", Meaning::Lead),
    event("Schedule", Meaning::Lead),
    event("ApplicationApproval", Meaning::Other),
    event("CompleteRegistration", Meaning::Registration),
    event("Contact", Meaning::Contact),
    event("Subscribe", Meaning::Subscription),
    event("StartTrial", Meaning::Subscription),
    event("CustomizeProduct", Meaning::Other),
    event("FindLocation", Meaning::Other),
    event("Download", Meaning::Other),
];
