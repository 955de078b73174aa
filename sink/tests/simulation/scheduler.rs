//! Runs tasks one poll at a time, in an order that the seed chooses: every await is a place where another may go on.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Whose task it is: a life of the sink, by number, or the server's.
pub(crate) type Owner = Option<usize>;

struct Task {
    owner: Owner,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    ready: Arc<Ready>,
    aborted: Arc<AtomicBool>,
}

struct Ready(AtomicBool);

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Takes new tasks, also from within one.
#[derive(Clone, Default)]
pub(crate) struct Spawner(Arc<Mutex<Vec<Task>>>);

/// What a task leaves behind; dropping it ends the task.
pub(crate) struct Handle<T> {
    slot: Arc<Mutex<Slot<T>>>,
    aborted: Arc<AtomicBool>,
    detached: bool,
}

struct Slot<T> {
    answer: Option<T>,
    waits: Option<Waker>,
}

impl Spawner {
    /// Adds a task.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        owner: Owner,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Handle<T> {
        let slot = Arc::new(Mutex::new(Slot { answer: None, waits: None }));
        let aborted = Arc::new(AtomicBool::new(false));
        let to = Arc::clone(&slot);
        let future = Box::pin(async move {
            let answer = task.await;
            let mut slot = lock(&to);
            slot.answer = Some(answer);
            if let Some(waits) = slot.waits.take() {
                waits.wake();
            }
        });
        let ready = Arc::new(Ready(AtomicBool::new(true)));
        lock(&self.0).push(Task { owner, future, ready, aborted: Arc::clone(&aborted) });
        Handle { slot, aborted, detached: false }
    }
}

impl<T> Handle<T> {
    /// Lets the task go on when the handle is dropped.
    pub(crate) fn detached(mut self) -> Self {
        self.detached = true;
        self
    }

    /// Returns the answer if it is there.
    pub(crate) fn take(&self) -> Option<T> {
        lock(&self.slot).answer.take()
    }
}

impl<T> Future for Handle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = lock(&self.slot);
        match slot.answer.take() {
            Some(answer) => Poll::Ready(answer),
            None => {
                slot.waits = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        if !self.detached {
            self.aborted.store(true, Ordering::Relaxed);
        }
    }
}

/// The tasks of a story.
#[derive(Default)]
pub(crate) struct Scheduler {
    pub(crate) spawner: Spawner,
    tasks: Vec<Task>,
}

impl Scheduler {
    /// Polls one task that is ready and whose owner is not stopped; `false` where there is none.
    pub(crate) fn step(&mut self, rng: &mut fastrand::Rng, stopped: &HashSet<usize>) -> bool {
        self.take_over();
        let runs = |task: &&mut Task| {
            task.ready.0.load(Ordering::Relaxed) && !task.owner.is_some_and(|life| stopped.contains(&life))
        };
        let count = self.tasks.iter_mut().filter(runs).count();
        if count == 0 {
            return false;
        }
        let Some(task) = self.tasks.iter_mut().filter(runs).nth(rng.usize(..count)) else { return false };
        task.ready.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&task.ready));
        if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            task.aborted.store(true, Ordering::Relaxed);
        }
        true
    }

    /// Lets the tasks of an owner look again at what they wait for.
    pub(crate) fn wake(&self, owner: Owner) {
        self.tasks
            .iter()
            .filter(|task| task.owner == owner)
            .for_each(|task| task.ready.0.store(true, Ordering::Relaxed));
    }

    /// Ends the tasks of an owner, as `kill -9` does.
    pub(crate) fn kill(&mut self, owner: Owner) {
        self.take_over();
        self.tasks.retain(|task| task.owner != owner);
    }

    /// Tells whether an owner has tasks.
    pub(crate) fn has(&mut self, owner: Owner) -> bool {
        self.take_over();
        self.tasks.iter().any(|task| task.owner == owner)
    }

    fn take_over(&mut self) {
        self.tasks.append(&mut lock(&self.spawner.0));
        self.tasks.retain(|task| !task.aborted.load(Ordering::Relaxed));
    }
}

/// Lets others go first, so many times.
pub(crate) async fn rest(times: u32) {
    for _ in 0..times {
        let mut rested = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut rested, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// A lock whose holder panicked is a story that failed already.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
