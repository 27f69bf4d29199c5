//! Text of the page: escaped, and numbers as people read them.

use peaktrade_domain::{Price, UnixNanos, Usd};

/// Text that cannot become markup.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A decimal with commas between thousands and a true minus sign. Example: `−12,345.50`.
pub(super) fn grouped(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("\u{2212}", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// An amount. Example: `−$1,234.50`.
pub(super) fn dollars(amount: Usd) -> String {
    let text = grouped(&amount.to_string());
    match text.strip_prefix('\u{2212}') {
        Some(rest) => format!("\u{2212}${rest}"),
        None => format!("${text}"),
    }
}

/// A price with two decimals at least, as ticks are written. Example: `23,091.50`.
pub(super) fn points(price: Price) -> String {
    let text = price.to_string();
    let padded = match text.split_once('.').map_or(0, |(_, decimals)| decimals.len()) {
        0 => format!("{text}.00"),
        1 => format!("{text}0"),
        _ => text,
    };
    grouped(&padded)
}

/// A difference of prices with its sign. Example: `+194.75`.
pub(super) fn signed_points(difference: Price) -> String {
    let text = points(difference);
    if difference > Price::ZERO { format!("+{text}") } else { text }
}

/// An instant to the minute where it is a whole one. Example: `2026-03-13 20:59 UTC`.
pub(super) fn instant(instant: UnixNanos) -> String {
    let form = if instant.is_whole_minute() { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M:%S%.f UTC" };
    instant.to_datetime().format(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::{dollars, escape, grouped, points, signed_points};

    #[test]
    fn numbers_and_text_as_people_read_them() {
        for (plain, expected) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.25", "\u{2212}1,234,567.25"),
            ("100000", "100,000"),
        ] {
            assert_eq!(grouped(plain), expected);
        }
        assert_eq!(dollars("-1234.5".parse().unwrap()), "\u{2212}$1,234.50");
        assert_eq!(dollars("0".parse().unwrap()), "$0.00");
        let signed = |text: &str| signed_points(text.parse().unwrap());
        assert_eq!([signed("1194.5"), signed("0"), signed("-0.5")], ["+1,194.50", "0.00", "\u{2212}0.50"]);
        assert_eq!(points("0.125".parse().unwrap()), "0.125");
        assert_eq!(escape("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
    }
}
