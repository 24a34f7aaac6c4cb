//! Workers: started when they are needed, the last one used first, ended with the pool.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tracing::warn;

use super::frame::{self, Place, Seen};
use super::process::Process;
use crate::config;
use crate::fault::{Fault, Kind};

pub struct Pool {
    program: PathBuf,
    limit: Duration,
    slots: Semaphore,
    idle: Mutex<Vec<Process>>,
}

impl Pool {
    pub fn new(config: &config::Ocr) -> Self {
        Self {
            program: config.program.clone(),
            limit: config.limit.0,
            slots: Semaphore::new(config.workers.max(1)),
            idle: Mutex::default(),
        }
    }

    /// What is seen in these places. A worker that dies over it is replaced once.
    pub async fn ask(&self, picture: &[u8], places: &[Place]) -> Result<Vec<Seen>, Fault> {
        let question = frame::question(picture, places).map_err(host)?;
        let _slot = self.slots.acquire().await.expect("never closed");
        match self.once(&question).await? {
            Ok(answer) => told(answer, places),
            Err(why) => {
                warn!("a worker that reads drawn text died, another one is asked: {why}");
                let answer = self.once(&question).await?;
                told(answer.map_err(|why| host(format!("two workers that read drawn text died over one picture: {why}")))?, places)
            }
        }
    }

    /// Inner error: the worker is gone. A worker that is not given back is killed.
    async fn once(&self, question: &[u8]) -> Result<Result<frame::Answer, String>, Fault> {
        let rested = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = match rested {
            Some(worker) => worker,
            None => Process::start(&self.program).await.map_err(host)?,
        };
        let Ok(answer) = tokio::time::timeout(self.limit, worker.ask(question)).await else {
            let seconds = self.limit.as_secs_f64();
            warn!(limit_s = seconds, "a worker that reads drawn text was killed: it took longer than {seconds} s");
            return Err(host(format!("reading a picture took longer than {seconds} s: see ocr.limit")));
        };
        if answer.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
        Ok(answer)
    }
}

fn told(answer: frame::Answer, places: &[Place]) -> Result<Vec<Seen>, Fault> {
    let seen = answer.map_err(host)?;
    if seen.len() != places.len() {
        return Err(host(format!("{} cells were asked and {} answered", places.len(), seen.len())));
    }
    Ok(seen)
}

fn host(why: impl std::fmt::Display) -> Fault {
    Fault::new(Kind::Host, format!("text recognition: {why}"))
}
