//! The three plots: price with rolls and fills, equity, drawdown; one axis of bars for all.

use std::fmt::Write as _;

use peaktrade_domain::{Price, Side, Usd};

use super::axis::{BarScale, LEFT, ValueScale, WIDTH};
use super::text::{dollars, escape, grouped, instant, points, signed_points};
use super::{FillMark, Report, drawdowns};

/// Right edge of the drawing.
const RIGHT: i64 = LEFT + WIDTH + 220;
/// More marks than this hide each other and the price; the table has them all.
const MAX_MARKS: usize = 2_000;
/// Room above a plot for labels of rolls.
const HEADROOM: i64 = 460;
/// Room below a plot for dates.
const FOOTROOM: i64 = 380;

/// The price plot.
pub(super) fn price(report: &Report) -> String {
    let bars = BarScale::new(&report.prices);
    let closes: Vec<(usize, i64)> =
        report.prices.iter().enumerate().map(|(row, point)| (row, point.close.nanos())).collect();
    let mut plot = Plot::new(&bars, &closes, HEADROOM, 3_400);
    plot.frame(&bars, |nanos| grouped(&Price::from_nanos(nanos).to_string()));
    plot.line(&bars, &closes, "price");
    plot.rolls(report, &bars);
    plot.fills(report, &bars);
    let axis = match report.method.as_str() {
        "NONE" => "index points, as traded".to_owned(),
        method => format!("index points, {method}"),
    };
    plot.finish("Price of the series with rolls and fills", &axis)
}

/// The equity plot.
pub(super) fn equity(report: &Report) -> String {
    let bars = BarScale::new(&report.prices);
    let points: Vec<(usize, i64)> =
        report.equity.iter().map(|point| (bars.row_at(point.time), point.equity_usd.micros())).collect();
    let mut plot = Plot::new(&bars, &points, 120, 1_800);
    plot.frame(&bars, whole_dollars);
    plot.line(&bars, &points, "equity");
    plot.finish("Equity after fees", "US dollars")
}

/// The drawdown plot, as a filled area below zero.
pub(super) fn drawdown(report: &Report) -> String {
    let bars = BarScale::new(&report.prices);
    let mut points: Vec<(usize, i64)> =
        drawdowns(&report.equity).map(|(time, fall)| (bars.row_at(time), fall.micros())).collect();
    if let Some(first) = points.first_mut() {
        // The scale must reach zero, and the first point has no peak before it.
        first.1 = 0;
    }
    let mut plot = Plot::new(&bars, &points, 120, 1_200);
    plot.frame(&bars, whole_dollars);
    plot.area(&bars, &points);
    plot.finish("Fall of the equity from its highest point so far", "US dollars")
}

fn whole_dollars(micros: i64) -> String {
    let text = dollars(Usd::from_micros(micros));
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

struct Plot {
    svg: String,
    scale: ValueScale,
    height: i64,
}

impl Plot {
    fn new(bars: &BarScale<'_>, points: &[(usize, i64)], top: i64, height: i64) -> Self {
        let values = || points.iter().map(|(_, value)| *value);
        let (low, high) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
        let scale = ValueScale::new(low, high, top, height);
        let mut plot = Self { svg: String::new(), scale, height: top + height + FOOTROOM };
        plot.holes(bars);
        plot
    }

    /// Grid, values on the left, dates below.
    fn frame(&mut self, bars: &BarScale<'_>, label: impl Fn(i64) -> String) {
        let (top, bottom) = (self.scale.top(), self.scale.bottom());
        let values: Vec<(i64, String)> = self.scale.ticks().map(|tick| (self.scale.y(tick), label(tick))).collect();
        for (y, label) in values {
            let (y, right) = (pixels(y), pixels(LEFT + WIDTH));
            self.push(&format!("<line class=\"grid\" x1=\"{}\" x2=\"{right}\" y1=\"{y}\" y2=\"{y}\"/>", pixels(LEFT)));
            self.push(&format!("<text class=\"value\" x=\"{}\" y=\"{y}\" dy=\"4\">{label}</text>", pixels(LEFT - 80)));
        }
        for tick in bars.date_ticks() {
            let x = pixels(tick.x);
            self.push(&format!(
                "<line class=\"tick\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>",
                pixels(top),
                pixels(bottom + 50)
            ));
            self.push(&format!("<text class=\"date\" x=\"{x}\" y=\"{}\">{}</text>", pixels(bottom + 190), tick.label));
        }
    }

    fn holes(&mut self, bars: &BarScale<'_>) {
        let (top, bottom) = (self.scale.top(), self.scale.bottom());
        for hole in bars.holes() {
            let x = pixels(hole.x);
            self.push(&format!(
                "<line class=\"hole\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"><title>{} days without data</title></line>",
                pixels(top),
                pixels(bottom + 210),
                hole.days
            ));
            self.push(&format!(
                "<text class=\"holelabel\" x=\"{x}\" y=\"{}\">{} days without data</text>",
                pixels(bottom + 340),
                hole.days
            ));
        }
    }

    fn line(&mut self, bars: &BarScale<'_>, points: &[(usize, i64)], class: &str) {
        let path = self.path(bars, points);
        self.push(&format!("<path class=\"{class}\" d=\"{path}\"/>"));
    }

    /// The line, closed along zero.
    fn area(&mut self, bars: &BarScale<'_>, points: &[(usize, i64)]) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let zero = pixels(self.scale.y(0));
        let steps = self.steps(bars, points, false);
        let (first, last) = (pixels(bars.x(first.0)), pixels(bars.x(last.0)));
        self.push(&format!("<path class=\"drawdown\" d=\"M{first},{zero}{steps}L{last},{zero}Z\"/>"));
    }

    fn path(&self, bars: &BarScale<'_>, points: &[(usize, i64)]) -> String {
        self.steps(bars, points, true).replacen('L', "M", 1)
    }

    /// `L` steps through the points. Of all points in one pixel the first, lowest, highest and last are drawn, so no
    /// extreme is lost however many bars there are. The line breaks at holes where it may.
    fn steps(&self, bars: &BarScale<'_>, points: &[(usize, i64)], breaks: bool) -> String {
        let mut path = String::new();
        let mut at = 0;
        let mut previous_row = None;
        while let Some((row, first)) = points.get(at).copied() {
            let pixel = bars.x(row) / 10;
            let mut past = at + 1;
            let starts_after_hole = |row: usize, before: Option<usize>| {
                breaks && before.is_some_and(|before| (before + 1..=row).any(|row| bars.is_after_hole(row)))
            };
            while points.get(past).is_some_and(|(row, _)| {
                bars.x(*row) / 10 == pixel && !starts_after_hole(*row, Some(points[past - 1].0))
            }) {
                past += 1;
            }
            let column = &points[at..past];
            let values = || column.iter().map(|(_, value)| *value);
            let (low, high) = (values().min().unwrap_or(first), values().max().unwrap_or(first));
            let mut corners = vec![first, low, high, column[column.len() - 1].1];
            corners.dedup();
            let mut verb = if starts_after_hole(row, previous_row) { 'M' } else { 'L' };
            for corner in corners {
                let _ = write!(path, "{verb}{},{}", pixels(bars.x(row)), pixels(self.scale.y(corner)));
                verb = 'L';
            }
            previous_row = Some(column[column.len() - 1].0);
            at = past;
        }
        path
    }

    fn rolls(&mut self, report: &Report, bars: &BarScale<'_>) {
        for roll in &report.rolls {
            let Some(row) = bars.row_from(roll.roll_ts) else { continue };
            let x = bars.x(row);
            // A label near an edge leans inwards.
            let anchor = match x - LEFT {
                along if along < 1_200 => "start",
                along if along > WIDTH - 1_200 => "end",
                _ => "middle",
            };
            let spread = signed_points(roll.spread);
            let (x, top, bottom) = (pixels(x), self.scale.top(), self.scale.bottom());
            self.push(&format!(
                "<line class=\"roll\" x1=\"{x}\" x2=\"{x}\" y1=\"{}\" y2=\"{}\"/>",
                pixels(top - 60),
                pixels(bottom)
            ));
            self.push(&format!(
                "<text class=\"rolllabel\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{}\">{} \u{2192} {}</text>",
                pixels(top - 260),
                roll.from_symbol,
                roll.to_symbol
            ));
            self.push(&format!(
                "<text class=\"spreadlabel\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{}\">spread {spread} points</text>",
                pixels(top - 110)
            ));
        }
    }

    /// Triangles at the series' price of their minute: the fill's own price is the raw contract's and stands in the
    /// tooltip and the table.
    fn fills(&mut self, report: &Report, bars: &BarScale<'_>) {
        if report.prices.is_empty() {
            return;
        }
        for fill in report.fill_marks.iter().take(MAX_MARKS) {
            let row = bars.row_at(fill.time);
            let (x, y) = (bars.x(row), self.scale.y(report.prices[row].close.nanos()));
            // A buy points up from below the price, a sell down from above it.
            let (class, tip, base) = match fill.side {
                Side::Buy => ("buy", y + 40, y + 130),
                Side::Sell => ("sell", y - 40, y - 130),
            };
            let (left, right) = (pixels(x - 50), pixels(x + 50));
            self.push(&format!(
                "<path class=\"{class}\" d=\"M{},{}L{right},{base}L{left},{base}Z\"><title>{}</title></path>",
                pixels(x),
                pixels(tip),
                escape(&describe(fill)),
                base = pixels(base),
            ));
        }
    }

    fn push(&mut self, element: &str) {
        self.svg.push_str(element);
        self.svg.push('\n');
    }

    fn finish(self, title: &str, axis: &str) -> String {
        let (width, height) = (pixels(RIGHT), pixels(self.height));
        format!(
            "<figure>\n<figcaption><b>{}</b><span>{}</span></figcaption>\n<svg viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-label=\"{}\">\n{}</svg>\n</figure>\n",
            escape(title),
            escape(axis),
            escape(title),
            self.svg
        )
    }
}

fn describe(fill: &FillMark) -> String {
    let side = match fill.side {
        Side::Buy => "Buy",
        Side::Sell => "Sell",
    };
    format!("{side} {} {} at {}, {}", fill.quantity, fill.contract, points(fill.price), instant(fill.time))
}

/// Tenths of a pixel as SVG writes them.
fn pixels(tenths: i64) -> String {
    let (whole, tenth) = (tenths.div_euclid(10), tenths.rem_euclid(10));
    // Coordinates below zero do not occur: every plot starts inside the drawing.
    if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") }
}
