//! One export of an adapter, found once and its type checked once.
//!
//! Comparing an export's type with the contract's goes through every field by name. Done for each
//! call it would cost as much as making the instance.

use std::marker::PhantomData;
use std::sync::OnceLock;

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower, TypedFunc};

use super::call::Call;
use super::edge;
use super::notices::Page;
use super::types::{Delivery, Pair, Reply, Task};

/// A function from `P` to `R`.
pub struct Export<P, R> {
    /// `tracking.read`, for whoever watches the edge.
    name: String,
    index: ComponentExportIndex,
    checked: OnceLock<()>,
    shape: PhantomData<fn(P) -> R>,
}

/// What an export takes, lent to it for a call.
pub trait Params {
    type Lent<'a>: ComponentNamedList + Lower;

    /// Tells of each, if somebody watches.
    fn watch(function: &str, lent: &Self::Lent<'_>);
}

impl Params for Task {
    type Lent<'a> = (&'a Task,);

    fn watch(function: &str, (task,): &Self::Lent<'_>) {
        edge::watch(function, *task);
    }
}

impl Params for (Task, Reply) {
    type Lent<'a> = (&'a Task, &'a Reply);

    fn watch(function: &str, (task, reply): &Self::Lent<'_>) {
        edge::watch(function, *task);
        edge::watch(function, *reply);
    }
}

impl Params for Vec<Pair> {
    type Lent<'a> = (&'a Vec<Pair>,);

    fn watch(function: &str, (row,): &Self::Lent<'_>) {
        edge::watch(function, *row);
    }
}

impl Params for (String, Page) {
    type Lent<'a> = (&'a str, &'a Page);

    fn watch(function: &str, (_, page): &Self::Lent<'_>) {
        edge::watch(function, *page);
    }
}

impl Params for Delivery {
    type Lent<'a> = (&'a Delivery,);

    fn watch(function: &str, (delivery,): &Self::Lent<'_>) {
        edge::watch(function, *delivery);
    }
}

impl<P: Params, R> Export<P, R>
where
    (R,): ComponentNamedList + Lift,
{
    /// Finds it; that its type is the contract's is seen at the first call.
    pub fn find(pre: &InstancePre<Call>, interface: &str, function: &str) -> wasmtime::Result<Self> {
        let missing = || wasmtime::Error::msg(format!("the component does not export `{function}` of `{interface}`"));
        let component = pre.component();
        let name = format!("{function} of {interface}");
        let interface = component.get_export_index(None, interface).ok_or_else(missing)?;
        let index = component.get_export_index(Some(&interface), function).ok_or_else(missing)?;
        Ok(Self { name, index, checked: OnceLock::new(), shape: PhantomData })
    }

    pub fn call(&self, store: &mut Store<Call>, instance: &Instance, params: P::Lent<'_>) -> wasmtime::Result<R> {
        P::watch(&self.name, &params);
        let func = instance.get_func(&mut *store, self.index).ok_or_else(|| wasmtime::Error::msg("an export is no function"))?;
        if self.checked.get().is_none() {
            func.typed::<P::Lent<'_>, (R,)>(&*store)?;
            self.checked.get_or_init(|| ());
        }
        // SAFETY: this export of this component was found to be of this type, and types do not change.
        let typed = unsafe { TypedFunc::<P::Lent<'_>, (R,)>::new_unchecked(func) };
        let (result,) = typed.call(store, params)?;
        Ok(result)
    }
}
