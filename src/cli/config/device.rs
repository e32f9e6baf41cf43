//! Devices that `[browser] device` knows by name: screen in CSS pixels, pixel
//! ratio and user agent as their makers publish them. Chrome plays them: the
//! engine underneath is not the device's.

use crate::model::browser_options::Screen;

#[derive(Debug)]
pub struct Device {
    pub name: &'static str,
    width: u32,
    height: u32,
    ratio: f64,
    mobile: bool,
    platform: Option<&'static str>,
    model: &'static str,
    /// `{chrome}` stands for the browser's version.
    pub user_agent: Option<&'static str>,
}

const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const IPAD: &str = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{chrome} Mobile Safari/537.36";
const TABLET: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{chrome} Safari/537.36";

/// Sorted by name.
pub static DEVICES: &[Device] = &[
    desktop("Desktop", 1280, 800),
    desktop("Desktop Full HD", 1920, 1080),
    phone("Galaxy S24", 360, 780, 3.0, Some("Android"), "SM-S921B", ANDROID),
    phone("Galaxy Tab S9", 800, 1280, 2.0, Some("Android"), "SM-X710", TABLET),
    phone("Pixel 8", 412, 915, 2.625, Some("Android"), "Pixel 8", ANDROID),
    phone("Pixel 9", 412, 924, 2.625, Some("Android"), "Pixel 9", ANDROID),
    phone("iPad", 820, 1180, 2.0, Some("iOS"), "", IPAD),
    phone("iPad Pro 11", 834, 1194, 2.0, Some("iOS"), "", IPAD),
    phone("iPhone 15", 393, 852, 3.0, Some("iOS"), "", IPHONE),
    phone("iPhone 15 Pro Max", 430, 932, 3.0, Some("iOS"), "", IPHONE),
    phone("iPhone 16", 393, 852, 3.0, Some("iOS"), "", IPHONE),
    phone("iPhone SE", 375, 667, 2.0, Some("iOS"), "", IPHONE),
];

/// The device of that name; case does not matter.
pub fn find(name: &str) -> Option<&'static Device> {
    DEVICES.iter().find(|device| device.name.eq_ignore_ascii_case(name.trim()))
}

impl Device {
    pub fn screen(&self) -> Screen {
        Screen {
            width: self.width,
            height: self.height,
            device_scale_factor: self.ratio,
            mobile: self.mobile,
            touch: self.mobile,
            platform: self.platform.map(str::to_owned),
            model: self.model.to_owned(),
        }
    }
}

const fn desktop(name: &'static str, width: u32, height: u32) -> Device {
    Device {
        name,
        width,
        height,
        ratio: 1.0,
        mobile: false,
        platform: None,
        model: "",
        user_agent: None,
    }
}

const fn phone(
    name: &'static str,
    width: u32,
    height: u32,
    ratio: f64,
    platform: Option<&'static str>,
    model: &'static str,
    user_agent: &'static str,
) -> Device {
    Device {
        name,
        width,
        height,
        ratio,
        mobile: true,
        platform,
        model,
        user_agent: Some(user_agent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_without_doubles() {
        let names: Vec<_> = DEVICES.iter().map(|device| device.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }

    #[test]
    fn finds_in_any_case() {
        assert_eq!(find("iphone 15").map(|device| device.screen().width), Some(393));
        assert!(find("iPhone 3").is_none());
    }
}
