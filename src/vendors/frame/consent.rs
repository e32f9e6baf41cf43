//! Consent signals in words: what a request says that the visitor agreed to.
//!
//! Signals: Google's `gcs`, `gcd`, `npa` and `dma`, Meta's and Reddit's data
//! processing options, Pinterest's `opt_out_type`, X's `restricted_data_use`,
//! TikTok's `limited_data_use`, Microsoft's `asc`, the IAB's TC string
//! (`gdpr_consent`) and `us_privacy`. Sources: Google's consent mode and tag
//! documentation, the IAB's TCF v2 string format and US Privacy string
//! documents, the vendors' documentation of these options.
//!
//! It says what is claimed, not whether the claim is right.

use std::borrow::Cow;

use serde::Serialize;

use crate::wire::base64;

/// One thing that a request says about consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentSignal {
    /// What it is about: `ad_storage`, `analytics_storage`, `ads`,
    /// `limited_data_use`, `tcf_purposes`, …
    pub about: &'static str,
    /// `granted`, `denied`, `granted by default`, …
    pub state: Cow<'static, str>,
    /// The parameter that says so.
    pub from: String,
}

/// What `gcd` has a letter for, in its order.
const GCD: [&str; 4] = ["ad_storage", "analytics_storage", "ad_user_data", "ad_personalization"];

/// The most letters of a parameter that are looked at.
const LONGEST: usize = 4_096;

/// What a hit's parameters say, given as wire name and text, in their order.
pub fn signals<'a>(params: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<ConsentSignal> {
    let mut found = Vec::new();
    for (wire, text) in params {
        if text.is_empty() || text.len() > LONGEST {
            continue;
        }
        let mut say = |about, state: Cow<'static, str>| {
            found.push(ConsentSignal { about, state, from: wire.to_owned() });
        };
        let name = wire.rsplit(['.', '[']).next().unwrap_or(wire).trim_end_matches(']');
        match name {
            "gcs" => consent_state(text, &mut say),
            "gcd" => consent_defaults(text, &mut say),
            "npa" => match text {
                "1" => say("ad_personalization", "denied".into()),
                "0" => say("ad_personalization", "granted".into()),
                _ => {}
            },
            "asc" => match text {
                "G" => say("ad_storage", "granted".into()),
                "D" => say("ad_storage", "denied".into()),
                _ => {}
            },
            // Meta and Reddit send a list in which limited data use is one
            // entry, Pinterest calls it limited data processing.
            "dpo" | "dpm" | "data_processing_options" | "opt_out_type" => {
                let limited = text.contains("LDU") || text.contains("LDP");
                say("limited_data_use", if limited { "on" } else { "off" }.into());
            }
            "restricted_data_use" | "limited_data_use" => {
                let limited = !matches!(text, "0" | "false" | "off");
                say("limited_data_use", if limited { "on" } else { "off" }.into());
            }
            "gdpr" => match text {
                "1" => say("gdpr", "applies".into()),
                "0" => say("gdpr", "does not apply".into()),
                _ => {}
            },
            "gdpr_consent" | "tcf" | "tc_string" | "tcString" => tc_string(text, &mut say),
            "us_privacy" | "usp" | "ccpa" => us_privacy(text, &mut say),
            _ => {}
        }
    }
    found
}

/// `G1xy`: ad storage and analytics storage, `1`, `0`, or `-` when no default
/// was set.
fn consent_state(text: &str, say: &mut impl FnMut(&'static str, Cow<'static, str>)) {
    let Some(letters) = text.strip_prefix("G1") else { return };
    for (about, letter) in GCD.into_iter().zip(letters.chars().take(2)) {
        match letter {
            '1' => say(about, "granted".into()),
            '0' => say(about, "denied".into()),
            '-' => say(about, "not set".into()),
            _ => {}
        }
    }
}

/// Two digits, then a letter a signal with a digit between: `13p3l3t3u5`.
fn consent_defaults(text: &str, say: &mut impl FnMut(&'static str, Cow<'static, str>)) {
    let letters = text.chars().filter(char::is_ascii_alphabetic);
    for (about, letter) in GCD.into_iter().zip(letters) {
        let state = match letter {
            'l' => "not set",
            'p' => "denied by default",
            'q' => "denied by default and by update",
            't' => "granted by default",
            'r' => "denied by default, granted by update",
            'm' => "denied by update",
            'n' => "granted by update",
            'u' => "granted by default, denied by update",
            'v' => "granted by default and by update",
            _ => continue,
        };
        say(about, state.into());
    }
}

/// `1YNN`: version, notice given, opted out of sale, covered by an agreement.
fn us_privacy(text: &str, say: &mut impl FnMut(&'static str, Cow<'static, str>)) {
    let [b'1', notice, sale, _] = text.as_bytes() else { return };
    match sale {
        b'Y' => say("sale", "opted out".into()),
        b'N' => say("sale", "not opted out".into()),
        b'-' if *notice == b'-' => say("sale", "us_privacy does not apply".into()),
        _ => {}
    }
}

/// The core of a version 2 string: which of the 24 purposes have consent.
fn tc_string(text: &str, say: &mut impl FnMut(&'static str, Cow<'static, str>)) {
    let core = text.split('.').next().unwrap_or_default();
    let Some(bytes) = base64::decode(core.as_bytes()) else { return };
    let bits = |from: usize, count: usize| {
        (from..from + count).try_fold(0_u32, |value, at| {
            let byte = bytes.get(at / 8)?;
            Some(value << 1 | u32::from(byte >> (7 - at % 8) & 1))
        })
    };
    if bits(0, 6) != Some(2) {
        return;
    }
    // Version, created, updated, CMP id, CMP version, screen, language, vendor
    // list, policy, two flags and twelve special features come before.
    let Some(purposes) = bits(152, 24) else { return };
    let granted: Vec<String> = (1..=24)
        .filter(|purpose| purposes >> (24 - purpose) & 1 == 1)
        .map(|purpose| purpose.to_string())
        .collect();
    if granted.is_empty() {
        say("tcf_purposes", "none".into());
    } else {
        say("tcf_purposes", granted.join(", ").into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::Engine as _;

    fn words(wire: &str, text: &str) -> Vec<String> {
        signals([(wire, text)])
            .into_iter()
            .map(|signal| format!("{}: {}", signal.about, signal.state))
            .collect()
    }

    #[test]
    fn googles_letters_become_words() {
        assert_eq!(words("gcs", "G101"), ["ad_storage: denied", "analytics_storage: granted"]);
        assert_eq!(words("gcs", "G1--"), ["ad_storage: not set", "analytics_storage: not set"]);
        assert_eq!(
            words("gcd", "13p3t3r3u5"),
            [
                "ad_storage: denied by default",
                "analytics_storage: granted by default",
                "ad_user_data: denied by default, granted by update",
                "ad_personalization: granted by default, denied by update",
            ]
        );
        assert_eq!(words("npa", "1"), ["ad_personalization: denied"]);
        assert_eq!(words("gcs", "nonsense"), [""; 0]);
    }

    #[test]
    fn others_say_it_their_way() {
        assert_eq!(words("dpo", "LDU"), ["limited_data_use: on"]);
        assert_eq!(words("dpo", "[]"), ["limited_data_use: off"]);
        assert_eq!(words("ed.opt_out_type", "LDP"), ["limited_data_use: on"]);
        assert_eq!(words("restricted_data_use", "off"), ["limited_data_use: off"]);
        assert_eq!(words("asc", "D"), ["ad_storage: denied"]);
        assert_eq!(words("us_privacy", "1YYN"), ["sale: opted out"]);
        assert_eq!(words("context.gdpr", "1"), ["gdpr: applies"]);
    }

    #[test]
    fn a_tc_string_names_its_purposes() {
        // Twenty-two bytes: version 2 in the first six bits, purposes 1, 3 and
        // 24 from bit 152 on.
        let mut bytes = [0_u8; 22];
        bytes[0] = 0b0000_1000;
        bytes[19] = 0b1010_0000;
        bytes[21] = 0b0000_0001;
        let text = ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(words("gdpr_consent", &format!("{text}.YAAA")), ["tcf_purposes: 1, 3, 24"]);
        assert_eq!(words("gdpr_consent", "C"), [""; 0]);
        assert_eq!(words("gdpr_consent", "ü"), [""; 0]);
    }
}
