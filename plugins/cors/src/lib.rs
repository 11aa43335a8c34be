//! Which pages of other origins may use the REST API (Fetch standard, "CORS protocol").
//!
//! Preflights are answered here, and every answer of REST says who may read it. The S3 door is not
//! concerned: there the rules of a bucket decide, and the store applies them.

mod answers;
mod settings;

use portico_sdk::settings::Fault;
use portico_sdk::{Plugin, Registry};

use answers::Answers;
pub use settings::Settings;

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct Cors;

impl Plugin for Cors {
    const NAME: &'static str = settings::NAME;
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        settings.check()?;
        let answers = Answers::to(settings.origins);
        let kept = answers.clone();
        registry.reloads::<Self>(&["origins"], move |settings| {
            settings.check()?;
            let kept = kept.clone();
            Ok(Box::new(move || kept.admit_from_now_on(settings.origins)))
        });
        registry.handle(answers.clone());
        registry.filter(answers);
        Ok(())
    }
}
