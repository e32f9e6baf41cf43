//! The themes of the demo shop: the good ones, and one for each way in which
//! real shops lose or falsify their events. A theme here is a name, a sentence
//! and the few switches that pages and scripts read; what a switch does stands
//! where it is read.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Which shop is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// Everything fires as it should.
    #[default]
    Good,
    GoodSlow,
    GoodReordered,
    LeadOnClick,
    LeadMoved,
    RenamedEvent,
    ThemeError,
    FormGone,
    PurchaseTwice,
    PurchaseLateTwice,
    ValueAsText,
    CurrencyMissing,
    EventIdMissing,
    MissingAddToCart,
    CheckoutButtonCovered,
    WrongPixelId,
    PageViewTwice,
    ConsentIgnored,
    CspBlocksLibrary,
    CspBlocksPixel,
    Ga4LostOnLeave,
    TiktokRemoved,
}

/// No theme has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown theme `{found}`{}", hint(.suggestion.as_deref()))]
pub struct UnknownTheme {
    pub found: String,
    /// The nearest name, when one is near.
    pub suggestion: Option<String>,
}

/// What scripts in the page and the stand-in libraries read. Everything
/// `false` is the good theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "one independent switch per breakage")]
pub struct Switches {
    pub lead_on_click: bool,
    pub lead_on_view: bool,
    pub lead_renamed: bool,
    pub purchase_twice: bool,
    pub purchase_late_twice: bool,
    pub value_as_text: bool,
    pub no_currency: bool,
    pub no_event_id: bool,
    pub no_add_to_cart: bool,
    pub page_view_twice: bool,
    pub ignore_consent: bool,
    pub no_tiktok: bool,
    pub no_flush_on_leave: bool,
    pub reordered: bool,
}

/// Name, theme and what a person reads about it.
const THEMES: &[(&str, Theme, &str)] = &[
    ("good", Theme::Good, "every event fires once, at the right time, with the right data"),
    ("good-slow", Theme::GoodSlow, "as good, but pages, answers and libraries come late"),
    (
        "good-reordered",
        Theme::GoodReordered,
        "as good, but parameters come in another order and the markup has other classes",
    ),
    (
        "lead-on-click",
        Theme::LeadOnClick,
        "Lead fires on the click of the button, even when the form is not valid",
    ),
    ("lead-moved", Theme::LeadMoved, "Lead fires when the form is shown, not when it was sent"),
    ("renamed-event", Theme::RenamedEvent, "Lead became the custom event LeadForm"),
    (
        "theme-error",
        Theme::ThemeError,
        "the theme's script throws a TypeError just before the Lead call",
    ),
    ("form-gone", Theme::FormGone, "the lead form was rebuilt: other ids, labels and button"),
    (
        "purchase-twice",
        Theme::PurchaseTwice,
        "a second Meta Purchase at once, under another event id",
    ),
    (
        "purchase-late-twice",
        Theme::PurchaseLateTwice,
        "a second Meta Purchase 1.5 s after the thank-you page has loaded",
    ),
    ("value-as-text", Theme::ValueAsText, "the purchase value is the text \"49,99\""),
    ("currency-missing", Theme::CurrencyMissing, "the purchase has no currency"),
    ("event-id-missing", Theme::EventIdMissing, "the purchase has no event id to deduplicate by"),
    ("missing-add-to-cart", Theme::MissingAddToCart, "nothing fires when a product is added"),
    (
        "checkout-button-covered",
        Theme::CheckoutButtonCovered,
        "a promotion covers the button that leads to the payment",
    ),
    ("wrong-pixel-id", Theme::WrongPixelId, "the Meta pixel of another shop is installed"),
    ("page-view-twice", Theme::PageViewTwice, "Meta's PageView fires twice on every page"),
    ("consent-ignored", Theme::ConsentIgnored, "tags fire before and against the visitor's choice"),
    (
        "csp-blocks-library",
        Theme::CspBlocksLibrary,
        "a content security policy without the place of Meta's library",
    ),
    (
        "csp-blocks-pixel",
        Theme::CspBlocksPixel,
        "a content security policy without Meta's endpoint",
    ),
    (
        "ga4-lost-on-leave",
        Theme::Ga4LostOnLeave,
        "GA4 events that wait in the batch are dropped when the page is left",
    ),
    ("tiktok-removed", Theme::TiktokRemoved, "the TikTok tag is gone"),
];

impl Theme {
    /// Every theme, the good ones first.
    pub fn all() -> impl Iterator<Item = Self> {
        THEMES.iter().map(|(_, theme, _)| *theme)
    }

    /// The name that `FromStr` reads, in kebab case.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// One lowercase fragment that says what is wrong, or that nothing is.
    pub fn description(self) -> &'static str {
        self.entry().2
    }

    /// Whether the recorded snapshots must pass against it.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Good | Self::GoodSlow | Self::GoodReordered)
    }

    pub(crate) fn switches(self) -> Switches {
        Switches {
            lead_on_click: self == Self::LeadOnClick,
            lead_on_view: self == Self::LeadMoved,
            lead_renamed: self == Self::RenamedEvent,
            purchase_twice: self == Self::PurchaseTwice,
            purchase_late_twice: self == Self::PurchaseLateTwice,
            value_as_text: self == Self::ValueAsText,
            no_currency: self == Self::CurrencyMissing,
            no_event_id: self == Self::EventIdMissing,
            no_add_to_cart: self == Self::MissingAddToCart,
            page_view_twice: self == Self::PageViewTwice,
            ignore_consent: self == Self::ConsentIgnored,
            no_tiktok: self == Self::TiktokRemoved,
            no_flush_on_leave: self == Self::Ga4LostOnLeave,
            reordered: self == Self::GoodReordered,
        }
    }

    fn entry(self) -> &'static (&'static str, Self, &'static str) {
        // A test holds that every variant stands in the table; the first line
        // is there so that this cannot panic.
        THEMES.iter().find(|(_, theme, _)| *theme == self).unwrap_or(&THEMES[0])
    }
}

impl fmt::Display for Theme {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

impl FromStr for Theme {
    type Err = UnknownTheme;

    fn from_str(text: &str) -> Result<Self, UnknownTheme> {
        if let Some((_, theme, _)) = THEMES.iter().find(|(name, ..)| *name == text) {
            return Ok(*theme);
        }
        let nearest = THEMES
            .iter()
            .map(|(name, ..)| (strsim::jaro_winkler(text, name), *name))
            .filter(|(score, _)| *score > 0.8)
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        let suggestion = nearest.map(|(_, name)| name.to_owned());
        Err(UnknownTheme { found: text.chars().take(80).collect(), suggestion })
    }
}

fn hint(suggestion: Option<&str>) -> String {
    if let Some(name) = suggestion {
        return format!(", did you mean `{name}`?");
    }
    let names: Vec<_> = THEMES.iter().map(|(name, ..)| *name).collect();
    format!(", expected one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for theme in Theme::all() {
            assert_eq!(theme.name().parse::<Theme>().unwrap(), theme);
            assert!(!theme.description().ends_with('.'));
        }
        assert_eq!(Theme::all().count(), Theme::TiktokRemoved as usize + 1, "one is not listed");
    }

    #[test]
    fn a_typo_gets_a_suggestion() {
        let error = "purchase-twise".parse::<Theme>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown theme `purchase-twise`, did you mean `purchase-twice`?"
        );
        let error = "zzz".parse::<Theme>().unwrap_err().to_string();
        assert!(error.starts_with("unknown theme `zzz`, expected one of good, good-slow"));
    }

    #[test]
    fn only_good_scripts_have_no_switch() {
        assert_eq!(Theme::Good.switches(), Switches::default());
        assert_eq!(Theme::GoodSlow.switches(), Switches::default());
        assert_ne!(Theme::PurchaseTwice.switches(), Switches::default());
    }
}
