//! Numbers within bounds, in Pydantic's words for those beyond.

use portico_sdk::invalid::Issue;
use serde_json::{Value, json};

/// What a number must keep within, both ends included.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    low: i64,
    high: i64,
    /// Whether refusals speak of the number below the lowest, as `greater_than` does.
    above: bool,
}

impl Bounds {
    /// From the lowest to the highest.
    #[must_use]
    pub const fn new(low: i64, high: i64) -> Self {
        Self {
            low,
            high,
            above: false,
        }
    }

    /// Every number up to this one.
    #[must_use]
    pub const fn up_to(high: i64) -> Self {
        Self::new(i64::MIN, high)
    }

    /// Every number above zero.
    pub const POSITIVE: Self = Self {
        low: 1,
        high: i64::MAX,
        above: true,
    };

    /// The number, or what is wrong with it; `input` is repeated as it came.
    ///
    /// # Errors
    /// A number beyond the bounds.
    pub fn check(
        self,
        number: &Value,
        place: [&'static str; 2],
        input: &Value,
    ) -> Result<i64, Box<Issue>> {
        // What no i64 holds is beyond the upper end of all bounds.
        let number = number.as_i64().unwrap_or(i64::MAX);
        let fault = |kind, words: String, context| {
            let issue = Issue::new(kind, place, words).input(input.clone());
            Err(Box::new(issue.context(context)))
        };
        if number < self.low && self.above {
            let below = self.low - 1;
            let words = format!("Input should be greater than {below}");
            return fault("greater_than", words, json!({ "gt": below }));
        }
        if number < self.low {
            let words = format!("Input should be greater than or equal to {}", self.low);
            return fault("greater_than_equal", words, json!({ "ge": self.low }));
        }
        if number > self.high {
            let words = format!("Input should be less than or equal to {}", self.high);
            return fault("less_than_equal", words, json!({ "le": self.high }));
        }
        Ok(number)
    }
}
