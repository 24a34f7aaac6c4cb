//! Check digits of waybill numbers.

pub(super) const SCHEMES: &[&str] = &["upu-s10"];

/// Whether the number's check digit is right; none for a scheme that is not known or a number that
/// is not of its form.
pub(super) fn is_right(scheme: &str, number: &str) -> Option<bool> {
    match scheme {
        "upu-s10" => upu_s10(number),
        _ => None,
    }
}

/// Postal items (UPU standard S10): two letters, eight digits, the check digit, the country.
fn upu_s10(number: &str) -> Option<bool> {
    const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];
    let digits: Vec<u32> = number.get(2..11)?.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        digit => digit,
    };
    Some(digits[8] == check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postal_item_carries_its_check_digit() {
        // The example of the standard: 47312482 has the check digit 9.
        assert_eq!(is_right("upu-s10", "RN473124829CN"), Some(true));
        assert_eq!(is_right("upu-s10", "RN473124828CN"), Some(false));
        assert_eq!(is_right("upu-s10", "RN4731"), None);
        assert_eq!(is_right("luhn", "RN473124829CN"), None);
    }
}
