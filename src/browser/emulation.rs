//! What a target is told to be before it runs: user agent with client hints,
//! screen, locale, time zone, place, headers.

use serde_json::{Value, json};

use crate::model::browser_options::BrowserOptions;
use crate::model::request::TargetKind;

/// One command for a new session.
pub(crate) type Setup = (&'static str, Value);

/// Everything that depends on the options and on the browser's version, made
/// once a run.
#[derive(Debug, Clone)]
pub(crate) struct Emulation {
    user_agent: Value,
    page: Vec<Setup>,
    headers: Option<Value>,
}

impl Emulation {
    /// `product` is `HeadlessChrome/156.0.1.2` or `Chrome/…`; `native` is the
    /// browser's own user agent.
    pub(crate) fn new(options: &BrowserOptions, product: &str, native: &str) -> Self {
        let user_agent = user_agent(options, product, native);
        let screen = &options.screen;
        let mut page = vec![(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": screen.width, "height": screen.height,
                "deviceScaleFactor": screen.device_scale_factor, "mobile": screen.mobile,
                "screenWidth": screen.width, "screenHeight": screen.height,
                "screenOrientation": if screen.width > screen.height {
                    json!({"type": "landscapePrimary", "angle": 90})
                } else {
                    json!({"type": "portraitPrimary", "angle": 0})
                },
            }),
        )];
        if screen.touch {
            page.push((
                "Emulation.setTouchEmulationEnabled",
                json!({"enabled": true, "maxTouchPoints": 5}),
            ));
        }
        // A page in a background tab must behave like the one in front.
        page.push(("Emulation.setFocusEmulationEnabled", json!({"enabled": true})));
        if let Some(locale) = &options.locale {
            page.push(("Emulation.setLocaleOverride", json!({"locale": locale})));
        }
        if let Some(timezone) = &options.timezone {
            page.push(("Emulation.setTimezoneOverride", json!({"timezoneId": timezone})));
        }
        if let Some(place) = &options.geolocation {
            page.push((
                "Emulation.setGeolocationOverride",
                json!({
                    "latitude": place.latitude, "longitude": place.longitude,
                    "accuracy": place.accuracy,
                }),
            ));
        }
        let headers = (!options.headers.is_empty()).then(|| {
            let map: serde_json::Map<String, Value> = options
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), Value::String(value.clone())))
                .collect();
            json!({"headers": map})
        });
        Self { user_agent, page, headers }
    }

    pub(crate) fn commands(&self, kind: TargetKind) -> Vec<Setup> {
        let mut commands = vec![("Emulation.setUserAgentOverride", self.user_agent.clone())];
        if let Some(headers) = &self.headers {
            commands.push(("Network.setExtraHTTPHeaders", headers.clone()));
        }
        if kind == TargetKind::Page {
            commands.extend(self.page.iter().cloned());
        } else if kind == TargetKind::Iframe {
            let inherited = ["Emulation.setLocaleOverride", "Emulation.setTimezoneOverride"];
            commands
                .extend(self.page.iter().filter(|(method, _)| inherited.contains(method)).cloned());
        }
        commands
    }
}

fn user_agent(options: &BrowserOptions, product: &str, native: &str) -> Value {
    let full_version = product.split('/').nth(1).unwrap_or("0").to_owned();
    let major = full_version.split('.').next().unwrap_or("0").to_owned();
    // Some trackers stay silent for a user agent that says Headless.
    let agent =
        options.user_agent.clone().unwrap_or_else(|| native.replace("HeadlessChrome", "Chrome"));
    let platform = options.screen.platform.clone().unwrap_or_else(|| {
        match std::env::consts::OS {
            "macos" => "macOS",
            "windows" => "Windows",
            _ => "Linux",
        }
        .to_owned()
    });
    let brand = |name: &str, version: &str| json!({"brand": name, "version": version});
    let mut parameters = json!({
        "userAgent": agent,
        "userAgentMetadata": {
            "brands": [
                brand("Chromium", &major), brand("Google Chrome", &major), brand("Not:A-Brand", "8"),
            ],
            "fullVersionList": [
                brand("Chromium", &full_version), brand("Google Chrome", &full_version),
                brand("Not:A-Brand", "8.0.0.0"),
            ],
            "fullVersion": full_version,
            "platform": platform,
            "platformVersion": "",
            "architecture": if options.screen.mobile { "" } else { "x86" },
            "bitness": if options.screen.mobile { "" } else { "64" },
            "model": options.screen.model,
            "mobile": options.screen.mobile,
            "wow64": false,
        },
    });
    if let Some(locale) = &options.locale {
        parameters["acceptLanguage"] = json!(locale);
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::Emulation;
    use crate::model::browser_options::BrowserOptions;
    use crate::model::request::TargetKind;

    #[test]
    fn the_user_agent_is_an_ordinary_chromes() {
        let emulation = Emulation::new(
            &BrowserOptions::default(),
            "HeadlessChrome/156.0.8078.79",
            "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0 Safari/537.36",
        );
        let commands = emulation.commands(TargetKind::Worker);
        let text = commands[0].1.to_string();
        assert!(!text.contains("Headless"), "{text}");
        assert!(text.contains("Chrome/156.0.0.0"), "{text}");
        assert!(text.contains(r#""fullVersion":"156.0.8078.79""#), "{text}");
    }
}
