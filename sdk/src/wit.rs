//! Bindings made from `wit/`: one world per interface, so that a component exports only what
//! its adapter implements. The types are shared.

/// The types and the two imports.
mod imports {
    wit_bindgen::generate!({
        inline: "package posthouse:sdk; world imports {
            import posthouse:adapter/types@0.1.0;
            import posthouse:adapter/credential@0.1.0;
            import posthouse:adapter/log@0.1.0;
        }",
        path: "../wit/0.1.0",
        generate_all,
    });
}

pub use imports::posthouse::adapter::types;
#[cfg(target_arch = "wasm32")]
pub(crate) use imports::posthouse::adapter::{credential, log};

macro_rules! exported {
    ($module:ident, $world:literal) => {
        #[doc(hidden)]
        pub mod $module {
            wit_bindgen::generate!({
                inline: $world,
                path: "../wit/0.1.0",
                pub_export_macro: true,
                with: { "posthouse:adapter/types@0.1.0": crate::wit::types },
            });
        }
    };
}

exported!(tracking, "package posthouse:sdk; world tracking { export posthouse:adapter/tracking@0.1.0; }");
exported!(subscribe, "package posthouse:sdk; world subscribe { export posthouse:adapter/subscribe@0.1.0; }");
exported!(session, "package posthouse:sdk; world session { export posthouse:adapter/session@0.1.0; }");
exported!(push, "package posthouse:sdk; world push { export posthouse:adapter/push@0.1.0; }");
exported!(entry, "package posthouse:sdk; world entry { export posthouse:adapter/entry@0.1.0; }");

/// A contract of its own, which imports nothing.
#[doc(hidden)]
pub mod notices {
    wit_bindgen::generate!({
        inline: "package posthouse:sdk; world notices { export posthouse:bulletin/notices@0.1.0; }",
        path: "../wit/bulletin-0.1.0",
        pub_export_macro: true,
    });
}

pub use entry::exports::posthouse::adapter::entry::Guest as Entry;
pub use push::exports::posthouse::adapter::push::Guest as Push;
pub use session::exports::posthouse::adapter::session::Guest as Session;
pub use subscribe::exports::posthouse::adapter::subscribe::Guest as Subscribe;
pub use tracking::exports::posthouse::adapter::tracking::Guest as Tracking;
