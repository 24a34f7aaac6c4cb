//! One export of an adapter, found once and its type checked once.
//!
//! Comparing an export's type with the contract's goes through every field by name. Done for each
//! call it would cost as much as making the instance.

use std::marker::PhantomData;
use std::sync::OnceLock;

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower, TypedFunc};

use super::call::Call;
use super::types::{Delivery, Reply, Task};

/// A function from `P` to `R`.
pub struct Export<P, R> {
    index: ComponentExportIndex,
    checked: OnceLock<()>,
    shape: PhantomData<fn(P) -> R>,
}

/// What an export takes, lent to it for a call.
pub trait Params {
    type Lent<'a>: ComponentNamedList + Lower;
}

impl Params for Task {
    type Lent<'a> = (&'a Task,);
}

impl Params for (Task, Reply) {
    type Lent<'a> = (&'a Task, &'a Reply);
}

impl Params for Delivery {
    type Lent<'a> = (&'a Delivery,);
}

impl<P: Params, R> Export<P, R>
where
    (R,): ComponentNamedList + Lift,
{
    /// Finds it; that its type is the contract's is seen at the first call.
    pub fn find(pre: &InstancePre<Call>, interface: &str, function: &str) -> wasmtime::Result<Self> {
        let missing = || wasmtime::Error::msg(format!("the component does not export `{function}` of `{interface}`"));
        let component = pre.component();
        let interface = component.get_export_index(None, interface).ok_or_else(missing)?;
        let index = component.get_export_index(Some(&interface), function).ok_or_else(missing)?;
        Ok(Self { index, checked: OnceLock::new(), shape: PhantomData })
    }

    pub fn call(&self, store: &mut Store<Call>, instance: &Instance, params: P::Lent<'_>) -> wasmtime::Result<R> {
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
