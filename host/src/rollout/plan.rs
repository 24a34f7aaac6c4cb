//! The plan of a rollout: how many parcels at each step, and what it takes to go on.

use serde::{Deserialize, Serialize};

use super::signed::Signed;
use super::slice::WHOLE;

/// Steps from a small slice to everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Parts per million, growing.
    pub steps: Vec<u32>,
    /// Parcels that must have been tried in a step.
    pub least: u32,
    /// Differences in meaning that an operator accepted, by name.
    pub accepted: Vec<String>,
    /// The signed word that the host may go on by itself, if there is one. It is verified again each
    /// time: who can write the database cannot sign.
    #[serde(default)]
    pub auto: Option<Signed>,
}

const STEPS: [u32; 4] = [10_000, 100_000, 500_000, WHOLE];
const LEAST: u32 = 20;
const MOST_STEPS: usize = 20;

impl Plan {
    /// What was asked for, or the usual: 1 %, 10 %, 50 %, all.
    pub fn new(steps: Option<Vec<u32>>, least: Option<u32>, accepted: Vec<String>) -> Result<Self, String> {
        let steps = steps.unwrap_or_else(|| STEPS.to_vec());
        if steps.is_empty() || steps.len() > MOST_STEPS {
            return Err(format!("a plan has 1 to {MOST_STEPS} steps"));
        }
        if let Some(wrong) = steps.iter().find(|weight| !(1..=WHOLE).contains(*weight)) {
            return Err(format!("a weight of {wrong}: parts per million, 1 to {WHOLE}"));
        }
        if !steps.is_sorted_by(|a, b| a < b) {
            return Err("each step must be larger than the one before".into());
        }
        Ok(Self { steps, least: least.unwrap_or(LEAST), accepted, auto: None })
    }

    pub fn weight(&self, step: u32) -> u32 {
        self.steps[(step as usize).min(self.steps.len() - 1)]
    }

    pub fn is_last(&self, step: u32) -> bool {
        step as usize + 1 >= self.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_cannot_be_is_refused() {
        let plan = |steps: &[u32]| Plan::new(Some(steps.to_vec()), None, vec![]);
        for wrong in [&[][..], &[0], &[1_000_001], &[10, 10], &[20, 10]] {
            assert!(plan(wrong).is_err(), "{wrong:?}");
        }
        let usual = Plan::new(None, None, vec![]).unwrap();
        assert_eq!((usual.weight(0), usual.weight(3), usual.weight(9)), (10_000, WHOLE, WHOLE));
        assert!(usual.is_last(3) && !usual.is_last(2));
    }
}
