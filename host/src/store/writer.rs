//! One task writes, for everybody: it takes what has gathered, commits once, then answers all.
//!
//! Many callers share one sync to disk, which is where the time of a commit goes. A job that
//! fails is rolled back alone. Nobody hears "done" before the commit.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::error;

use super::spent::Spent;
use super::touch::{self, Touch};
use super::{NotStored, Stored, spent};

/// Most jobs in one commit: bounds how long the first of them waits.
const GATHER: usize = 512;

type Work = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Finish> + Send>;
/// Told whether the commit held.
type Finish = Box<dyn FnOnce(Result<(), NotStored>) + Send>;

enum Job {
    /// An unchanged answer: many become one statement.
    Touch(Vec<Touch>, Vec<Spent>, oneshot::Sender<Stored<()>>),
    Run(Work),
}

#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    ended: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    stop: Arc<tokio::sync::Notify>,
    commits: watch::Sender<u64>,
}

impl Writer {
    pub fn start(pool: SqlitePool) -> Self {
        let (jobs, queue) = mpsc::channel(4096);
        let (done, ended) = oneshot::channel();
        let stop = Arc::new(tokio::sync::Notify::new());
        let commits = watch::channel(0).0;
        tokio::spawn(write(pool, queue, stop.clone(), commits.clone(), done));
        Self { jobs, ended: Arc::new(Mutex::new(Some(ended))), stop, commits }
    }

    /// Runs a job in the next commit and answers once that commit is on disk.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<T>> + Send + 'static,
    ) -> Stored<T> {
        let (tell, told) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            Box::pin(async move {
                let result = savepoint(connection, job).await;
                let finish: Finish = Box::new(move |committed| {
                    // Nobody waits any more: the caller was cancelled.
                    let _ = tell.send(committed.and(result));
                });
                finish
            })
        });
        self.jobs.send(Job::Run(work)).await.map_err(|_| closed())?;
        told.await.map_err(|_| closed())?
    }

    /// Records that nothing changed.
    pub async fn touch(&self, touches: Vec<Touch>, spent: Vec<Spent>) -> Stored<()> {
        let (tell, told) = oneshot::channel();
        self.jobs.send(Job::Touch(touches, spent, tell)).await.map_err(|_| closed())?;
        told.await.map_err(|_| closed())?
    }

    /// Counts commits: whoever reads what others write need not ask again and again.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    pub async fn close(&self) {
        self.stop.notify_one();
        let ended = self.ended.lock().expect("no panic inside").take();
        if let Some(ended) = ended {
            // An error means the task is gone already.
            let _ = ended.await;
        }
    }
}

fn closed() -> NotStored {
    NotStored("the store is closed".into())
}

async fn savepoint<T>(
    connection: &mut SqliteConnection,
    job: impl for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, sqlx::Result<T>>,
) -> Stored<T> {
    let mut nested = connection.begin().await?;
    let result = job(&mut nested).await?;
    nested.commit().await?;
    Ok(result)
}

async fn write(
    pool: SqlitePool,
    mut queue: mpsc::Receiver<Job>,
    stop: Arc<tokio::sync::Notify>,
    commits: watch::Sender<u64>,
    done: oneshot::Sender<()>,
) {
    let mut jobs = Vec::with_capacity(GATHER);
    loop {
        let gathered = tokio::select! {
            biased;
            count = queue.recv_many(&mut jobs, GATHER) => count,
            () = stop.notified() => {
                queue.close();
                continue;
            }
        };
        if gathered == 0 {
            break;
        }
        commit(&pool, std::mem::take(&mut jobs)).await;
        commits.send_modify(|count| *count += 1);
    }
    pool.close().await;
    let _ = done.send(());
}

async fn commit(pool: &SqlitePool, jobs: Vec<Job>) {
    let mut finishes: Vec<Finish> = Vec::with_capacity(jobs.len());
    let result = gather(pool, jobs, &mut finishes).await;
    if let Err(why) = &result {
        error!("a commit failed, nothing of it was acknowledged: {why}");
    }
    for finish in finishes {
        finish(result.clone());
    }
}

async fn gather(pool: &SqlitePool, jobs: Vec<Job>, finishes: &mut Vec<Finish>) -> Stored<()> {
    let mut transaction = pool.begin().await?;
    let (mut touches, mut spent) = (vec![], vec![]);
    for job in jobs {
        match job {
            Job::Run(work) => finishes.push(work(&mut transaction).await),
            Job::Touch(some, calls, tell) => {
                touches.extend(some);
                spent.extend(calls);
                finishes.push(Box::new(move |committed| drop(tell.send(committed))));
            }
        }
    }
    touch::apply(&mut transaction, touches).await?;
    spent::add_all(&mut transaction, spent).await?;
    Ok(transaction.commit().await?)
}
