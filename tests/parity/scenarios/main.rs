//! The Rust halves of the scenarios, in one file. Which of them a daemon gets, its environment says.
#![forbid(unsafe_code)]

use collectd::prelude::*;

mod callback_names;
mod callbacks_fail;
mod child_status;
mod constants;
mod dispatch_result;
mod expected_error;
mod flush_asked;
mod flush_seen;
mod get_dataset;
mod import_raises;
mod init_fails;
mod left_out;
mod log_levels;
mod log_raises;
mod log_seen;
mod log_traces;
mod long_instances;
mod meta_kinds;
mod meta_names;
mod meta_received;
mod nobody_listens;
mod notify_defaults;
mod notify_seen;
mod notify_sent;
mod nul_bytes;
mod opaque_data;
mod other_error;
mod overrides;
mod read_fails;
mod read_interval;
mod shutdown_fails;
mod shutdown_once;
mod sub_second;
mod two_at_once;
mod undecodable;
mod unknown_type;
mod unregistered;
mod value_count;
mod value_kind;
mod write_fails;
mod write_seen;
mod written_to;

collectd::module!(|module: &mut Module| {
    let names = std::env::var("SCENARIOS")?;
    names.split_whitespace().try_for_each(|name| register(module, name))
});

fn register(module: &mut Module, name: &str) -> Result {
    match name {
        "callback_names" => module.plugin::<callback_names::CallbackNames>().register()?,
        "callbacks_fail" => module.plugin::<callbacks_fail::CallbacksFail>().flush().notify().register()?,
        "child_status" => module.plugin::<child_status::ChildStatus>().read().register()?,
        "constants" => module.plugin::<constants::Constants>().read().register()?,
        "dispatch_result" => module.plugin::<dispatch_result::DispatchResult>().read().register()?,
        "expected_error" => module.plugin::<expected_error::ExpectedError>().read().register()?,
        "flush_asked" => module.plugin::<flush_asked::FlushAsked>().read().register()?,
        "flush_seen" => module.plugin::<flush_seen::FlushSeen>().flush().register()?,
        "get_dataset" => module.plugin::<get_dataset::GetDataset>().read().register()?,
        "import_raises" => import_raises::register()?,
        "init_fails" => module.plugin::<init_fails::InitFails>().read().register()?,
        "left_out" => module.plugin::<left_out::LeftOut>().read().register()?,
        "log_levels" => module.plugin::<log_levels::LogLevels>().read().register()?,
        "log_raises" => module.plugin::<log_raises::LogRaises>().read().log().register()?,
        "log_seen" => module.plugin::<log_seen::LogSeen>().read().log().register()?,
        "log_traces" => module.plugin::<log_traces::LogTraces>().read().flush().notify().register()?,
        "long_instances" => module.plugin::<long_instances::LongInstances>().read().register()?,
        "meta_kinds" => module.plugin::<meta_kinds::MetaKinds>().read().register()?,
        "meta_names" => module.plugin::<meta_names::MetaNames>().read().register()?,
        "meta_received" => module.plugin::<meta_received::MetaReceived>().read().write().register()?,
        "nobody_listens" => module.plugin::<nobody_listens::NobodyListens>().read().register()?,
        "notify_defaults" => module.plugin::<notify_defaults::NotifyDefaults>().read().register()?,
        "notify_seen" => module.plugin::<notify_seen::NotifySeen>().notify().register()?,
        "notify_sent" => module.plugin::<notify_sent::NotifySent>().read().register()?,
        "nul_bytes" => module.plugin::<nul_bytes::NulBytes>().read().register()?,
        "opaque_data" => module.plugin::<opaque_data::OpaqueData>().register()?,
        "other_error" => module.plugin::<other_error::OtherError>().read().register()?,
        "overrides" => module.plugin::<overrides::Overrides>().read().register()?,
        "read_fails" => module.plugin::<read_fails::ReadFails>().register()?,
        "read_interval" => module.plugin::<read_interval::ReadInterval>().register()?,
        "shutdown_fails" => module.plugin::<shutdown_fails::ShutdownFails>().shutdown().register()?,
        "shutdown_once" => module.plugin::<shutdown_once::ShutdownOnce>().shutdown().register()?,
        "sub_second" => module.plugin::<sub_second::SubSecond>().read().register()?,
        "two_at_once" => module.plugin::<two_at_once::TwoAtOnce>().read().notify().register()?,
        "undecodable" => module.plugin::<undecodable::Undecodable>().read().write().register()?,
        "unknown_type" => module.plugin::<unknown_type::UnknownType>().read().register()?,
        "unregistered" => module.plugin::<unregistered::Unregistered>().register()?,
        "value_count" => module.plugin::<value_count::ValueCount>().read().register()?,
        "value_kind" => module.plugin::<value_kind::ValueKind>().read().register()?,
        "write_fails" => module.plugin::<write_fails::WriteFails>().write().register()?,
        "write_seen" => module.plugin::<write_seen::WriteSeen>().write().register()?,
        "written_to" => module.plugin::<written_to::WrittenTo>().read().register()?,
        _ => return Err(Error::msg(format_args!("there is no scenario {name:?}"))),
    }
    Ok(())
}
