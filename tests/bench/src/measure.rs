//! Turns: A B A B …, so that what else the machine does falls on both.

use std::time::Instant;

/// What one side took in each turn.
pub type Samples = Vec<f64>;

/// Calls `work` so often and returns nanoseconds for each.
pub fn each(calls: usize, mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..calls {
        work();
    }
    begun.elapsed().as_nanos() as f64 / calls as f64
}

/// Lets every side take a turn, `rounds` times, after one turn that does not count.
pub fn in_turns(rounds: usize, sides: &mut [&mut dyn FnMut() -> f64]) -> Vec<Samples> {
    for side in sides.iter_mut() {
        side();
    }
    let mut samples = vec![Vec::with_capacity(rounds); sides.len()];
    for _ in 0..rounds {
        for (side, samples) in sides.iter_mut().zip(&mut samples) {
            samples.push(side());
        }
    }
    samples
}

pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// Turn by turn: neighbours in time are compared with each other.
pub fn paired(ours: &[f64], peer: &[f64], of: impl Fn(f64, f64) -> f64) -> Samples {
    ours.iter().zip(peer).map(|(ours, peer)| of(*ours, *peer)).collect()
}
