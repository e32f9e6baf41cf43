//! What vendors define: their standard events, what each means and which
//! parameters it needs, a small table per vendor. The checks ask here; nothing
//! is judged.

mod ga4;
mod google_ads;
mod meta;
mod pinterest;
mod snapchat;
mod tiktok;

use crate::model::finding::Severity;

/// The standard events of one vendor.
#[derive(Debug)]
pub struct Definitions {
    /// Slug of the vendor.
    pub vendor: &'static str,
    pub events: &'static [Event],
    /// Names that the vendor's library sends or that the vendor knows, about
    /// which nothing more is said.
    pub also: &'static [&'static str],
    /// Whether the vendor tells `Purchase` from `purchase`.
    pub exact: bool,
    /// Common names of what the vendor recognises a copy by, the first that a
    /// hit has counts.
    pub recognised_by: &'static [&'static str],
    /// Where pages put an event id by mistake: names on the wire.
    pub misplaced: &'static [&'static str],
}

#[derive(Debug)]
pub struct Event {
    pub name: &'static str,
    pub meaning: Meaning,
    pub needs: &'static [Need],
}

/// What an event says in a shop's words, so that vendors can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    Page,
    List,
    View,
    Search,
    Wishlist,
    Cart,
    Checkout,
    Payment,
    Purchase,
    Lead,
    Registration,
    Contact,
    Subscription,
    /// A conversion whose kind only the vendor's own settings tell.
    Conversion,
    Other,
}

/// A parameter that an event must have, by its common name.
#[derive(Debug)]
pub struct Need {
    pub param: &'static str,
    pub severity: Severity,
    /// Only where a value is sent.
    pub with_value: bool,
}

const TABLES: &[&Definitions] = &[
    &meta::EVENTS,
    &ga4::EVENTS,
    &google_ads::EVENTS,
    &tiktok::EVENTS,
    &pinterest::EVENTS,
    &snapchat::EVENTS,
];

/// The table of that vendor.
pub fn of(vendor: &str) -> Option<&'static Definitions> {
    TABLES.iter().copied().find(|table| table.vendor == vendor)
}

impl Definitions {
    pub fn event(&self, name: &str) -> Option<&'static Event> {
        self.events.iter().find(|event| {
            if self.exact { event.name == name } else { event.name.eq_ignore_ascii_case(name) }
        })
    }
}

impl Meaning {
    /// What a shop pays for, and counts.
    pub fn is_conversion(self) -> bool {
        matches!(
            self,
            Self::Purchase
                | Self::Lead
                | Self::Registration
                | Self::Contact
                | Self::Subscription
                | Self::Conversion
        )
    }

    /// Follows from a form that a person sent.
    pub fn is_of_a_form(self) -> bool {
        matches!(self, Self::Lead | Self::Registration | Self::Contact | Self::Subscription)
    }
}

const fn event(name: &'static str, meaning: Meaning) -> Event {
    Event { name, meaning, needs: &[] }
}

const fn needing(name: &'static str, meaning: Meaning, needs: &'static [Need]) -> Event {
    Event { name, meaning, needs }
}

/// The vendor cannot use the event without it.
const fn must(param: &'static str) -> Need {
    Need { param, severity: Severity::Error, with_value: false }
}

/// The vendor's documentation asks for it.
const fn should(param: &'static str) -> Need {
    Need { param, severity: Severity::Warning, with_value: false }
}

impl Need {
    const fn with_value(self) -> Self {
        Self { with_value: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendors::VENDORS;

    #[test]
    fn tables_belong_to_vendors_and_name_each_event_once() {
        for table in TABLES {
            assert!(VENDORS.iter().any(|vendor| vendor.slug == table.vendor), "{}", table.vendor);
            let mut names: Vec<&str> = table.events.iter().map(|event| event.name).collect();
            names.extend(table.also);
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", table.vendor);
            assert!(!table.recognised_by.is_empty());
        }
    }
}
