//! The engine and its settings.

use super::failure::describe;
use crate::error::{HnError, HnErrorKind, guard};
use std::hash::{DefaultHasher, Hash, Hasher};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    WasmBacktraceDetails,
};

/// `hn_engine_config`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct HnEngineConfig {
    pub pooling: bool,
    pub pagemap_scan: bool,
    pub max_instances: u32,
    pub max_core_instances_per_component: u32,
    pub max_memories_per_component: u32,
    pub max_tables_per_component: u32,
    pub max_memory_bytes: usize,
    pub max_table_elements: usize,
    pub memory_keep_resident_bytes: usize,
    pub table_keep_resident_bytes: usize,
    pub max_wasm_stack_bytes: usize,
    pub fiber_stack_bytes: usize,
}

impl Default for HnEngineConfig {
    fn default() -> Self {
        HnEngineConfig {
            pooling: true,
            pagemap_scan: true,
            max_instances: 256,
            max_core_instances_per_component: 32,
            max_memories_per_component: 8,
            max_tables_per_component: 16,
            max_memory_bytes: 1 << 30,
            max_table_elements: 100_000,
            memory_keep_resident_bytes: 512 << 10,
            table_keep_resident_bytes: 64 << 10,
            max_wasm_stack_bytes: 512 << 10,
            fiber_stack_bytes: 1 << 20,
        }
    }
}

/// Room for the metadata of one component instance and of one core instance.
const MAX_INSTANCE_METADATA_BYTES: usize = 1 << 20;

impl HnEngineConfig {
    fn check(&self) -> Result<(), HnError> {
        let refuse = |message: String| Err(HnError::new(HnErrorKind::InvalidArgument, message));
        if self.fiber_stack_bytes <= self.max_wasm_stack_bytes {
            return refuse(format!(
                "fiber_stack_bytes ({}) must exceed max_wasm_stack_bytes ({})",
                self.fiber_stack_bytes, self.max_wasm_stack_bytes
            ));
        }
        if self.pooling && !(1..=100_000).contains(&self.max_instances) {
            return refuse(format!(
                "max_instances is {}; it must be 1..100000",
                self.max_instances
            ));
        }
        if self.max_memory_bytes == 0
            || !self.max_memory_bytes.is_multiple_of(65536)
            || self.max_memory_bytes > 1 << 32
        {
            return refuse(format!(
                "max_memory_bytes is {}; it must be a multiple of 65536, at most 4294967296",
                self.max_memory_bytes
            ));
        }
        Ok(())
    }

    /// What decides about generated code. The same for compiling and for running, so that artefacts fit.
    fn base(&self) -> Config {
        let mut config = Config::new();
        config
            .wasm_component_model(true)
            .concurrency_support(false)
            .epoch_interruption(true)
            .memory_init_cow(true)
            .cranelift_opt_level(OptLevel::Speed)
            .parallel_compilation(true)
            .wasm_backtrace_details(WasmBacktraceDetails::Disable)
            .max_wasm_stack(self.max_wasm_stack_bytes)
            .async_stack_size(self.fiber_stack_bytes);
        config
    }

    /// For each instance there is what one component may hold at most: whoever may make an instance finds everything it
    /// needs, whatever the others are. It is address space, not memory.
    fn pool(&self) -> PoolingAllocationConfig {
        let instances = self.max_instances;
        let in_all = |per_instance: u32| instances.saturating_mul(per_instance);
        let mut pool = PoolingAllocationConfig::default();
        pool.total_component_instances(instances)
            .total_core_instances(in_all(self.max_core_instances_per_component))
            .total_memories(in_all(self.max_memories_per_component))
            .total_tables(in_all(self.max_tables_per_component))
            .total_stacks(instances)
            .max_core_instances_per_component(self.max_core_instances_per_component)
            .max_memories_per_component(self.max_memories_per_component)
            .max_tables_per_component(self.max_tables_per_component)
            .max_component_instance_size(MAX_INSTANCE_METADATA_BYTES)
            .max_core_instance_size(MAX_INSTANCE_METADATA_BYTES)
            .max_memories_per_module(self.max_memories_per_component)
            .max_tables_per_module(self.max_tables_per_component)
            .max_memory_size(self.max_memory_bytes)
            .table_elements(self.max_table_elements)
            .linear_memory_keep_resident(self.memory_keep_resident_bytes)
            .table_keep_resident(self.table_keep_resident_bytes)
            .pagemap_scan(if self.pagemap_scan { Enabled::Auto } else { Enabled::No });
        pool
    }

    /// An engine that runs components.
    pub fn engine(&self) -> Result<Engine, HnError> {
        self.check()?;
        let mut config = self.base();
        if self.pooling {
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(self.pool()));
        }
        Engine::new(&config).map_err(|error| {
            HnError::new(
                HnErrorKind::Internal,
                format!("cannot start the engine: {}", describe(&error)),
            )
        })
    }

    /// An engine that only compiles: it reserves no address space for a pool.
    pub fn compiler(&self) -> Result<Engine, HnError> {
        self.check()?;
        Engine::new(&self.base()).map_err(|error| {
            HnError::new(
                HnErrorKind::Internal,
                format!("cannot start the compiler: {}", describe(&error)),
            )
        })
    }
}

/// `hn_engine`.
pub struct HnEngine {
    pub(crate) engine: Engine,
    pub(crate) config: HnEngineConfig,
}

#[unsafe(no_mangle)]
pub(crate) extern "C" fn hn_engine_config_default() -> HnEngineConfig {
    HnEngineConfig::default()
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_engine_new(
    config: *const HnEngineConfig,
    out: *mut *mut HnEngine,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes a configuration and a variable for the result.
        let config = unsafe { *config };
        // With RUST_BACKTRACE, errors would carry the host's frames and paths, and guests can read them
        // (wasi:io/error#to-debug-string). The guests' own backtraces are not concerned.
        wasmtime::error::disable_backtrace();
        let engine = config.engine()?;
        unsafe { *out = Box::into_raw(Box::new(HnEngine { engine, config })) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_engine_delete(engine: *mut HnEngine) {
    if !engine.is_null() {
        // SAFETY: the caller gives up its engine.
        crate::error::guard_infallible(|| drop(unsafe { Box::from_raw(engine) }));
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_engine_increment_epoch(engine: *const HnEngine) {
    // SAFETY: the caller passes a live engine.
    unsafe { (*engine).engine.increment_epoch() }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_engine_uses_pagemap_scan(engine: *const HnEngine) -> bool {
    // SAFETY: the caller passes a live engine.
    let config = unsafe { &(*engine).config };
    config.pooling && config.pagemap_scan && PoolingAllocationConfig::is_pagemap_scan_available()
}

/// `hn_pool_usage`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct HnPoolUsage {
    pub component_instances: u64,
    pub max_component_instances: u64,
    pub core_instances: u64,
    pub max_core_instances: u64,
    pub memories: u64,
    pub max_memories: u64,
    pub tables: u64,
    pub max_tables: u64,
    pub stacks: u64,
    pub max_stacks: u64,
    pub unused_warm_memories: u64,
    pub unused_warm_tables: u64,
    pub unused_warm_stacks: u64,
    pub unused_memory_bytes_resident: u64,
    pub unused_table_bytes_resident: u64,
}

impl HnEngine {
    /// What of the pool is in use; nothing where there is no pool.
    pub fn pool_usage(&self) -> Option<HnPoolUsage> {
        let pool = self.engine.pooling_allocator_metrics()?;
        let instances = self.config.max_instances;
        let in_all = |per_instance: u32| u64::from(instances.saturating_mul(per_instance));
        Some(HnPoolUsage {
            component_instances: pool.component_instances(),
            max_component_instances: in_all(1),
            core_instances: pool.core_instances(),
            max_core_instances: in_all(self.config.max_core_instances_per_component),
            memories: pool.memories() as u64,
            max_memories: in_all(self.config.max_memories_per_component),
            tables: pool.tables() as u64,
            max_tables: in_all(self.config.max_tables_per_component),
            stacks: pool.stacks() as u64,
            max_stacks: in_all(1),
            unused_warm_memories: u64::from(pool.unused_warm_memories()),
            unused_warm_tables: u64::from(pool.unused_warm_tables()),
            unused_warm_stacks: u64::from(pool.unused_warm_stacks()),
            unused_memory_bytes_resident: pool.unused_memory_bytes_resident() as u64,
            unused_table_bytes_resident: pool.unused_table_bytes_resident() as u64,
        })
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_engine_pool_usage(
    engine: *const HnEngine,
    out: *mut HnPoolUsage,
) -> bool {
    // SAFETY: the caller passes a live engine.
    let usage = unsafe { (*engine).pool_usage() };
    let known = usage.is_some();
    if let Some(usage) = usage {
        // SAFETY: the caller passes a variable for the result.
        unsafe { *out = usage };
    }
    known
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_engine_fingerprint(engine: *const HnEngine) -> u64 {
    let mut hasher = DefaultHasher::new();
    // SAFETY: the caller passes a live engine.
    unsafe { (*engine).engine.precompile_compatibility_hash().hash(&mut hasher) };
    hasher.finish()
}
