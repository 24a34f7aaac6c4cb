//! What carriers say instead of showing a parcel.

use axum::http::StatusCode;

use super::Face;
use super::template::{Data, render};

const PAGE: &str = include_str!("../../pages/notice.html");

pub struct Notice {
    pub status: StatusCode,
    /// Why it was refused, for the statistics.
    pub refused: Option<&'static str>,
    content: &'static str,
}

impl Notice {
    pub fn of(face: Face) -> Option<Self> {
        let (status, refused, content) = match face {
            Face::Slider => (StatusCode::OK, Some("slider"), include_str!("../../pages/slider.html")),
            Face::Captcha => (StatusCode::OK, Some("captcha"), include_str!("../../pages/captcha.html")),
            Face::Login => (StatusCode::OK, Some("login"), include_str!("../../pages/login.html")),
            Face::Refused => (StatusCode::FORBIDDEN, Some("refused"), "<h1>访问被拒绝</h1>"),
            Face::TooOften => (StatusCode::OK, Some("too-often"), "<h1>访问过于频繁</h1><p>您的访问过于频繁，请稍后再试。</p>"),
            Face::Maintenance => (StatusCode::OK, None, "<h1>系统维护中，请稍后再试</h1>"),
            _ => return None,
        };
        Some(Notice { status, refused, content })
    }

    pub fn page(&self, charset: &'static str) -> String {
        render(PAGE, &Data::default().text("charset", charset).text("content", self.content), false)
    }
}
