//! A picture in grey, and the one line cut out of it that an engine reads well.
//!
//! Pictures come from pages: their sizes are bounded before anything is allocated for them.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};

/// Largest picture, in pixels.
const PIXELS: u64 = 12_000_000;
/// Lighter and darker than this differ is no ink.
const CONTRAST: u8 = 16;
/// Widest frame of a cell that is taken off, in pixels.
const FRAME: usize = 4;

/// One byte a pixel, line by line, 0 is black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

impl Grey {
    /// A PNG of any kind, on white.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let limits = Limits { bytes: 8 * 1024 * 1024 };
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        let (width, height) = decoder.read_header_info().map_err(|why| format!("not a PNG: {why}"))?.size();
        if u64::from(width) * u64::from(height) > PIXELS {
            return Err(format!("a picture of {width} x {height} pixels is too large"));
        }
        let mut reader = decoder.read_info().map_err(|why| format!("not a PNG: {why}"))?;
        let size = reader.output_buffer_size().ok_or("a picture that is too large")?;
        let mut raw = vec![0; size];
        let frame = reader.next_frame(&mut raw).map_err(|why| format!("not a PNG: {why}"))?;
        raw.truncate(frame.buffer_size());
        let pixels = grey(&raw, frame.color_type)?;
        let grey = Self { width: width as usize, height: height as usize, pixels };
        if grey.pixels.len() == grey.width * grey.height { Ok(grey) } else { Err("a PNG that is cut off".into()) }
    }

    /// A rectangle of it, as far as it lies inside. None: it does not, or is empty.
    pub fn cut(&self, (x, y): (usize, usize), (width, height): (usize, usize)) -> Option<Self> {
        let (right, bottom) = (x.saturating_add(width).min(self.width), y.saturating_add(height).min(self.height));
        if x >= right || y >= bottom {
            return None;
        }
        let lines = self.pixels.chunks_exact(self.width).take(bottom).skip(y);
        let pixels = lines.flat_map(|line| &line[x..right]).copied().collect();
        Some(Self { width: right - x, height: bottom - y, pixels })
    }

    /// Dark text on light ground. None: there is no ink.
    pub fn prepared(self) -> Option<Self> {
        let cell = self.without_frame();
        let ground = cell.ground();
        let (darkest, lightest) = (cell.pixels.iter().min()?, cell.pixels.iter().max()?);
        let (below, above) = (ground - darkest, lightest - ground);
        if below.max(above) < CONTRAST {
            return None;
        }
        Some(if above > below { cell.inverted() } else { cell })
    }

    /// Black and white, divided where the two sides differ most (Otsu).
    pub fn binarised(&self) -> Self {
        let threshold = threshold(&self.histogram());
        let pixels = self.pixels.iter().map(|&p| if p > threshold { 255 } else { 0 }).collect();
        Self { pixels, ..*self }
    }

    /// What is lighter than ink is white, and ink keeps its soft edges.
    pub fn cleaned(&self) -> Self {
        let (darkest, threshold) = (u32::from(self.pixels.iter().copied().min().unwrap_or(0)), u32::from(threshold(&self.histogram())));
        let white = (darkest + (threshold - darkest) * 6 / 5).max(darkest + 1);
        let shade = |pixel: &u8| ((u32::from(*pixel) - darkest) * 255 / (white - darkest)).min(255) as u8;
        Self { pixels: self.pixels.iter().map(shade).collect(), ..*self }
    }

    /// Larger or smaller, shades between pixels in proportion.
    pub fn scaled(&self, by: f32) -> Self {
        let long = |length: usize| ((length as f32 * by) as usize).max(1);
        let (width, height) = (long(self.width), long(self.height));
        let (across, down) = (neighbours(width, self.width, by), neighbours(height, self.height, by));
        let shade = |(x0, x1, right): (usize, usize, f32), (y0, y1, below): (usize, usize, f32)| {
            let row = |y: usize| {
                let at = |x: usize| f32::from(self.pixels[y * self.width + x]);
                at(x0) * (1.0 - right) + at(x1) * right
            };
            (row(y0) * (1.0 - below) + row(y1) * below).round() as u8
        };
        let pixels = down.iter().flat_map(|&y| across.iter().map(move |&x| shade(x, y))).collect();
        Self { width, height, pixels }
    }

    /// More of this shade all around.
    pub fn widened(&self, margin: usize, shade: u8) -> Self {
        let (width, height) = (self.width + 2 * margin, self.height + 2 * margin);
        let mut pixels = vec![shade; width * height];
        for (y, line) in self.pixels.chunks_exact(self.width).enumerate() {
            pixels[(y + margin) * width + margin..][..self.width].copy_from_slice(line);
        }
        Self { width, height, pixels }
    }

    /// The most frequent shade.
    pub fn ground(&self) -> u8 {
        let histogram = self.histogram();
        (0..=255).max_by_key(|&shade: &u8| histogram[usize::from(shade)]).unwrap_or(255)
    }

    fn histogram(&self) -> [u32; 256] {
        let mut histogram = [0; 256];
        self.pixels.iter().for_each(|&pixel| histogram[usize::from(pixel)] += 1);
        histogram
    }

    fn inverted(mut self) -> Self {
        self.pixels.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
        self
    }

    /// Takes lines of one other shade off the edges: a border, or a neighbour's.
    fn without_frame(self) -> Self {
        let ground = self.ground();
        let is_frame = |mut line: Box<dyn Iterator<Item = u8> + '_>| line.all(|pixel| pixel.abs_diff(ground) >= CONTRAST);
        let row = |y: usize| is_frame(Box::new(self.pixels[y * self.width..][..self.width].iter().copied()));
        let column = |x: usize| is_frame(Box::new(self.pixels.iter().skip(x).step_by(self.width).copied()));
        let (most_x, most_y) = (FRAME.min(self.width / 2), FRAME.min(self.height / 2));
        let top = (0..most_y).take_while(|&y| row(y)).count();
        let bottom = (0..most_y).take_while(|&y| row(self.height - 1 - y)).count();
        let left = (0..most_x).take_while(|&x| column(x)).count();
        let right = (0..most_x).take_while(|&x| column(self.width - 1 - x)).count();
        self.cut((left, top), (self.width - left - right, self.height - top - bottom)).unwrap_or(self)
    }
}

/// For each new pixel of a line the old ones on both sides, and how near the second is.
fn neighbours(new: usize, old: usize, by: f32) -> Vec<(usize, usize, f32)> {
    let of = |n: usize| {
        let at = ((n as f32 + 0.5) / by - 0.5).max(0.0);
        let first = (at as usize).min(old - 1);
        (first, (first + 1).min(old - 1), at - first as f32)
    };
    (0..new).map(of).collect()
}

/// Rec. 601 luma, on white.
fn grey(raw: &[u8], kind: ColorType) -> Result<Vec<u8>, String> {
    let luma = |p: &[u8]| ((299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2]) + 500) / 1000) as u8;
    let on_white = |shade: u8, alpha: u8| {
        let alpha = u32::from(alpha);
        ((u32::from(shade) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    Ok(match kind {
        ColorType::Grayscale => raw.to_vec(),
        ColorType::GrayscaleAlpha => raw.chunks_exact(2).map(|p| on_white(p[0], p[1])).collect(),
        ColorType::Rgb => raw.chunks_exact(3).map(luma).collect(),
        ColorType::Rgba => raw.chunks_exact(4).map(|p| on_white(luma(p), p[3])).collect(),
        ColorType::Indexed => return Err("a PNG whose palette was not unfolded".into()),
    })
}

/// Otsu's: where the variance between darker and lighter is largest.
fn threshold(histogram: &[u32; 256]) -> u8 {
    let weighed = |(shade, &count): (usize, &u32)| shade as f64 * f64::from(count);
    let (total, sum) = (histogram.iter().map(|&c| f64::from(c)).sum::<f64>(), histogram.iter().enumerate().map(weighed).sum::<f64>());
    let (mut dark, mut dark_sum, mut best) = (0.0, 0.0, (0.0, 0));
    for (shade, &count) in histogram.iter().enumerate().take(255) {
        dark += f64::from(count);
        dark_sum += weighed((shade, &count));
        let light = total - dark;
        if dark == 0.0 || light == 0.0 {
            continue;
        }
        let apart = dark_sum / dark - (sum - dark_sum) / light;
        let between = dark * light * apart * apart;
        if between > best.0 {
            best = (between, shade as u8);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: &[&str]) -> Grey {
        let shade = |c: char| match c {
            '#' => 20,
            '+' => 180,
            _ => 240,
        };
        Grey { width: rows[0].len(), height: rows.len(), pixels: rows.iter().flat_map(|r| r.chars().map(shade)).collect() }
    }

    #[test]
    fn nothing_drawn_is_no_ink() {
        assert_eq!(drawn(&["....", "...."]).prepared(), None);
    }

    #[test]
    fn light_on_dark_is_turned() {
        let prepared = drawn(&["######", "##..##", "######"]).prepared().unwrap();
        assert_eq!((prepared.pixels[0], *prepared.pixels.iter().min().unwrap()), (235, 15));
    }

    #[test]
    fn a_border_is_taken_off_and_text_is_not() {
        let bare = drawn(&["++++++++", "+......+", "+......+", "+..##..+", "+......+", "+......+", "++++++++"]).without_frame();
        assert_eq!(bare, drawn(&["......", "......", "..##..", "......", "......"]));
        assert_eq!(bare.clone().without_frame(), bare);
    }

    #[test]
    fn a_rectangle_is_cut_to_the_picture() {
        let picture = drawn(&["#...", "..+."]);
        assert_eq!(picture.cut((2, 1), (9, usize::MAX)), Some(drawn(&["+."])));
        assert_eq!(picture.cut((4, 0), (1, 1)), None);
        assert_eq!(picture.cut((0, 0), (0, 1)), None);
    }

    #[test]
    fn otsu_divides_text_from_ground_and_light_dots_go_with_the_ground() {
        let divided = drawn(&["..........", ".##....+..", ".##......."]).binarised();
        assert_eq!(divided.pixels.iter().filter(|&&p| p == 0).count(), 4);
    }

    #[test]
    fn cleaning_takes_light_dots_and_scaling_keeps_shades() {
        let cleaned = drawn(&["..........", ".##....+..", ".##......."]).cleaned();
        assert_eq!(cleaned.pixels.iter().filter(|&&p| p == 255).count(), 26);
        let larger = drawn(&["#."]).scaled(2.0);
        assert_eq!((larger.width, larger.height, &larger.pixels[..4]), (4, 2, &[20, 75, 185, 240][..]));
        assert_eq!(drawn(&["####", "####"]).scaled(0.5), drawn(&["##"]));
    }

    #[test]
    fn what_is_no_png_or_too_large_is_refused() {
        let mut bytes = vec![];
        let mut encoder = png::Encoder::new(&mut bytes, 30_000, 30_000);
        encoder.set_color(ColorType::Grayscale);
        drop(encoder.write_header().unwrap());
        assert!(Grey::decode(&bytes).unwrap_err().contains("too large"));
        assert!(Grey::decode(b"GIF89a").unwrap_err().contains("not a PNG"));
    }
}
