//! `posthouse serve`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use tracing_subscriber::EnvFilter;

use super::{Context, print_json};
use crate::api;
use crate::app::House;
use crate::sandbox;
use crate::schedule::Lanes;
use crate::store;

/// Runs the host until it is interrupted.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  posthouse serve\n  posthouse serve --config posthouse.toml --json\n  POSTHOUSE_SERVER__LISTEN=0.0.0.0:8480 posthouse serve"
)]
pub struct Serve {
    /// Ends when the process that started it does.
    #[arg(long)]
    with_parent: bool,
}

impl Serve {
    pub async fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        start_log(context.json);
        // Before the first look: whoever asks the host to end may do so at once.
        let stopped = stopped()?;
        if self.with_parent {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        }
        let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
        let mut config = context.config.clone();
        config.adapters.folder = context.adapters()?;
        let _alone = store::alone(&config.database)?;
        let house = House::open(config).await?;
        house.store.release_all().await?;
        let listen = house.config.server.listen;
        let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        let lanes = Lanes::start(&house);
        info!("listening on http://{address}, the interface is described at http://{address}/docs");
        if context.json {
            print_json(
                &json!({ "listening": format!("http://{address}"), "carriers": house.shelf.carriers().keys().collect::<Vec<_>>() }),
            )?;
        }
        let readers = house.clone();
        let stopped = async move {
            stopped.await;
            readers.office.close();
        };
        api::serve(listener, api::router(house.clone(), metrics), stopped).await?;
        info!("stopping: looks that run are finished first");
        lanes.stop(house.config.server.grace.0).await;
        house.store.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

/// Ready once the host is asked to end. Signals are listened for from now on, not from the first poll.
fn stopped() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// To standard error; standard output is for answers.
fn start_log(json: bool) {
    let given = std::env::var("POSTHOUSE_LOG").unwrap_or_else(|_| "info".into());
    // Bodies are logged only for who asks for them by name: `trace` alone does not.
    let quiet = format!("{}=off", sandbox::TARGET);
    let filter = EnvFilter::try_new(format!("{quiet},{given}")).unwrap_or_else(|_| EnvFilter::new(format!("info,{quiet}")));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    if json { log.json().init() } else { log.init() }
}
