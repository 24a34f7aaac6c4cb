//! Which parcels a candidate gets: the same ones for a whole rollout, and others in the next.

/// All parcels, in parts per million.
pub const WHOLE: u32 = 1_000_000;

/// A parcel's place in a rollout, below [`WHOLE`]. The candidate gets the places below its weight,
/// so a growing weight moves no parcel back; the rollout's id salts it, so that not the same
/// customers are always the first. Vectors are in `docs/rollouts.md`.
pub fn place(rollout: &str, carrier: &str, number: &str) -> u32 {
    let key = format!("{rollout}:{carrier}:{number}");
    let hash = murmur3::murmur3_32(&mut key.as_bytes(), 0).expect("memory can be read");
    let place = (u64::from(hash) * u64::from(WHOLE)) >> 32;
    u32::try_from(place).expect("below a million")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_published_vectors() {
        let page = include_str!("../../../docs/rollouts.md");
        let vectors: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| `")).collect();
        assert!(vectors.len() >= 8, "{vectors:?}");
        for vector in vectors {
            let cells: Vec<_> = vector.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            let [rollout, carrier, number] = cells[0].splitn(3, ':').collect::<Vec<_>>()[..] else { panic!("{vector}") };
            assert_eq!(place(rollout, carrier, number), cells[2].parse::<u32>().unwrap(), "{vector}");
        }
    }

    #[test]
    fn one_per_cent_is_one_per_cent_and_a_growing_weight_moves_nobody_back() {
        let numbers = (0..1_000_000u64).map(|n| (73_000_000_000_000 + n.wrapping_mul(0x9e37_79b9) % 10_000_000_000).to_string());
        let places: Vec<u32> = numbers.map(|number| place("ro_1", "acme", &number)).collect();
        let share = |weight: u32| places.iter().filter(|place| **place < weight).count() as f64 / places.len() as f64;
        assert!((share(10_000) - 0.01).abs() < 0.0005, "{}", share(10_000));
        assert_eq!(share(WHOLE), 1.0);
        assert_eq!(share(0), 0.0);
    }

    #[test]
    fn another_rollout_begins_with_others() {
        let first = |rollout: &str| (0..100_000).filter(|n| place(rollout, "acme", &format!("A{n}")) < 10_000).collect::<Vec<_>>();
        let (one, two) = (first("ro_1"), first("ro_2"));
        let both = one.iter().filter(|n| two.contains(n)).count();
        assert!(both < one.len() / 10, "{both} of {}", one.len());
    }
}
