//! Vendors: which requests are theirs, and what those requests say.
//!
//! One file per vendor, mostly a static table; `frame` holds what they share.
//! Dispatch is by host first, on a parsed address: a pixel URL inside another
//! URL's query is never taken for a pixel. Nothing here knows a browser, a
//! file or a clock.
//!
//! Adding a vendor: its file here, its `mod` line and its line in
//! [`VENDORS`]; fixtures go to `tests/fixtures/vendors/<slug>/`.

#![deny(clippy::disallowed_methods)]

pub mod frame;

pub mod adform;
pub mod adobe_analytics;
pub mod adobe_audience_manager;
pub mod adobe_ecid;
pub mod adobe_heartbeat;
pub mod adobe_target;
pub mod adobe_websdk;
pub mod adroll;
pub mod amazon_ads;
pub mod amplitude;
pub mod at_internet;
pub mod attentive;
pub mod awin;
pub mod braze;
pub mod brevo;
pub mod cj;
pub mod clarity;
pub mod cloudflare_rum;
pub mod comscore;
pub mod contentsquare;
pub mod criteo;
pub mod custom;
pub mod customerio;
pub mod demandbase;
pub mod dynamic_yield;
pub mod ensighten;
pub mod floodlight;
pub mod fullstory;
pub mod ga4;
pub mod glassbox;
pub mod google_ads;
pub mod heap;
pub mod hotjar;
pub mod hubspot;
pub mod impact;
pub mod indicative;
pub mod iterable;
pub mod klaviyo;
pub mod linkedin;
pub mod lytics;
pub mod marketo;
pub mod matomo;
pub mod merkle;
pub mod meta;
pub mod microsoft_uet;
pub mod mixpanel;
pub mod mparticle;
pub mod omniconvert;
pub mod openai_ads;
pub mod openpanel;
pub mod optimizely;
pub mod outbrain;
pub mod pardot;
pub mod parsely;
pub mod pinterest;
pub mod piwikpro;
pub mod plausible;
pub mod posthog;
pub mod quantcast;
pub mod quora;
pub mod rakuten;
pub mod reddit;
pub mod rtbhouse;
pub mod rudderstack;
pub mod segment;
pub mod seznam_sklik;
pub mod shopify;
pub mod sixsense;
pub mod snapchat;
pub mod snowplow;
pub mod sojern;
pub mod splitio;
pub mod spotify;
pub mod stackadapt;
pub mod taboola;
pub mod teads;
pub mod tealium;
pub mod tiktok;
pub mod tradedesk;
pub mod trustpilot;
pub mod ua;
pub mod umami;
pub mod vibes;
pub mod vwo;
pub mod webtrends;
pub mod x;
pub mod xandr;
pub mod yahoo;
pub mod yandex_metrica;
pub mod zemanta;

pub use crate::vendors::custom::CustomVendor;
pub use crate::vendors::frame::decoded::{Decoded, DecodedEvent};
pub use crate::vendors::frame::dedup::Deduplicator;
pub use crate::vendors::frame::lines::LineDecoder;
pub use crate::vendors::frame::registry::{Automatic, Registry, VendorInfo};
pub use crate::vendors::frame::vendor::Vendor;

/// Every built-in vendor, in the order in which they are asked.
pub static VENDORS: &[&Vendor] = &[
    &meta::META,
    &ga4::GA4,
    &google_ads::GOOGLE_ADS,
    &tiktok::TIKTOK,
    &ua::UA,
    &floodlight::FLOODLIGHT,
    &linkedin::LINKEDIN,
    &pinterest::PINTEREST,
    &snapchat::SNAPCHAT,
    &microsoft_uet::MICROSOFT_UET,
    &reddit::REDDIT,
    &x::X,
    &criteo::CRITEO,
    &klaviyo::KLAVIYO,
    &hubspot::HUBSPOT,
    &matomo::MATOMO,
    &segment::SEGMENT,
    &rudderstack::RUDDERSTACK,
    &mixpanel::MIXPANEL,
    &amplitude::AMPLITUDE,
    &adobe_analytics::ADOBE_ANALYTICS,
    &adobe_websdk::ADOBE_WEBSDK,
    &adobe_target::ADOBE_TARGET,
    &adobe_ecid::ADOBE_ECID,
    &tealium::TEALIUM,
    &clarity::CLARITY,
    &hotjar::HOTJAR,
    &fullstory::FULLSTORY,
    &contentsquare::CONTENTSQUARE,
    &heap::HEAP,
    &taboola::TABOOLA,
    &outbrain::OUTBRAIN,
    &quora::QUORA,
    &adroll::ADROLL,
    &yahoo::YAHOO,
    &yandex_metrica::YANDEX_METRICA,
    &plausible::PLAUSIBLE,
    &posthog::POSTHOG,
    &snowplow::SNOWPLOW,
    &piwikpro::PIWIKPRO,
    &umami::UMAMI,
    &openpanel::OPENPANEL,
    &mparticle::MPARTICLE,
    &vwo::VWO,
    &optimizely::OPTIMIZELY,
    &pardot::PARDOT,
    &marketo::MARKETO,
    &shopify::SHOPIFY,
    &awin::AWIN,
    &impact::IMPACT,
    &braze::BRAZE,
    &teads::TEADS,
    &tradedesk::TRADEDESK,
    &amazon_ads::AMAZON_ADS,
    &rtbhouse::RTBHOUSE,
    &spotify::SPOTIFY,
    &xandr::XANDR,
    &quantcast::QUANTCAST,
    &stackadapt::STACKADAPT,
    &sixsense::SIXSENSE,
    &comscore::COMSCORE,
    &cloudflare_rum::CLOUDFLARE_RUM,
    &openai_ads::OPENAI_ADS,
    &rakuten::RAKUTEN,
    &cj::CJ,
    &attentive::ATTENTIVE,
    &iterable::ITERABLE,
    &customerio::CUSTOMERIO,
    &trustpilot::TRUSTPILOT,
    &at_internet::AT_INTERNET,
    &adform::ADFORM,
    &adobe_audience_manager::ADOBE_AUDIENCE_MANAGER,
    &adobe_heartbeat::ADOBE_HEARTBEAT,
    &brevo::BREVO,
    &demandbase::DEMANDBASE,
    &dynamic_yield::DYNAMIC_YIELD,
    &ensighten::ENSIGHTEN,
    &glassbox::GLASSBOX,
    &indicative::INDICATIVE,
    &lytics::LYTICS,
    &parsely::PARSELY,
    &seznam_sklik::SEZNAM_SKLIK,
    &sojern::SOJERN,
    &splitio::SPLITIO,
    &vibes::VIBES,
    &webtrends::WEBTRENDS,
    &zemanta::ZEMANTA,
    &omniconvert::OMNICONVERT,
    &merkle::MERKLE,
];
