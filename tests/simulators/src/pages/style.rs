//! How a face changes a page that still shows rows.

use super::Face;
use super::template::{Data, render};
use crate::carrier::Carrier;

const SHOW: &str = include_str!("../../pages/show.js");
const LATE: &str = "<template id=\"late\">";
const LATE_END: &str = "</template><script>setTimeout(() => { const late = document.getElementById('late'); \
    late.replaceWith(late.content); drawAll(); }, 3000);</script>";

pub struct Style {
    face: Face,
    carrier: Carrier,
}

impl Style {
    pub fn of(face: Face, carrier: Carrier) -> Self {
        Style { face, carrier }
    }

    pub fn is_renamed(&self) -> bool {
        self.face == Face::Renamed
    }

    /// What every page has gaps for.
    pub fn data(&self) -> Data {
        let show = render(SHOW, &Data::default().text("how", self.how()), false);
        let (late, late_end) = if self.face == Face::Slow { (LATE, LATE_END) } else { ("", "") };
        let delay = self.delay_ms().to_string();
        Data::default().text("show", show).text("delay", delay).text("late", late).text("late-end", late_end).text("attack", self.attack())
    }

    fn how(&self) -> &'static str {
        match self.face {
            Face::Images => "images",
            Face::Noisy => "noisy",
            Face::Canvas => "canvas",
            _ if self.carrier == Carrier::Jt => "canvas",
            _ => "text",
        }
    }

    fn delay_ms(&self) -> u32 {
        match (self.face, self.carrier) {
            (Face::Slow, _) => 3000,
            (_, Carrier::Yunda) => 100,
            _ => 0,
        }
    }

    fn attack(&self) -> String {
        let page = match self.face {
            Face::Endless => include_str!("../../pages/attacks/endless.html"),
            Face::EndlessMemory => include_str!("../../pages/attacks/endless-memory.html"),
            Face::Popup => include_str!("../../pages/attacks/popup.html"),
            Face::Download => include_str!("../../pages/attacks/download.html"),
            Face::Dialog => include_str!("../../pages/attacks/dialog.html"),
            Face::ToFileScript => include_str!("../../pages/attacks/to-file-script.html"),
            Face::ToPrivateScript(_) => include_str!("../../pages/attacks/to-private-script.html"),
            Face::Hostile(_) => include_str!("../../pages/attacks/hostile.html"),
            _ => return String::new(),
        };
        match self.face {
            Face::ToPrivateScript(internal) | Face::Hostile(internal) => {
                render(page, &Data::default().text("internal", internal.to_string()), false)
            }
            _ => page.to_owned(),
        }
    }
}
