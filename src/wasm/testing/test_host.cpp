#include "wasm/testing/test_host.hpp"

namespace hermes::wasm::testing {
namespace {

#define API_FUNCTION(constant, name, signature) \
  constexpr FunctionType constant { "hermes:test/api", name, signature }

API_FUNCTION(kTakeString, "take-string", "func(string) -> u32");
API_FUNCTION(kTakeBytes, "take-bytes", "func(list<u8>) -> u32");
API_FUNCTION(kTakeWords, "take-words", "func(list<u64>) -> u64");
API_FUNCTION(kTakeChar, "take-char", "func(char) -> u32");
API_FUNCTION(kTakeLevel, "take-level", "func(enum { low, high }) -> u32");
API_FUNCTION(kTakeShape, "take-shape", "func(variant { dot, circle(f64), named(string) }) -> u32");
API_FUNCTION(kTakeOption, "take-option", "func(option<u32>) -> u32");
API_FUNCTION(kTakeTexts, "take-texts", "func(list<string>) -> u32");
API_FUNCTION(kTakeRights, "take-rights", "func(flags { read, write, follow }) -> u32");
API_FUNCTION(kTakeMany, "take-many",
             "func(u8, u32, u64, string, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, "
             "u32, u32) -> u32");
API_FUNCTION(kGiveString, "give-string", "func() -> string");
API_FUNCTION(kGiveBytes, "give-bytes", "func(u32) -> list<u8>");
API_FUNCTION(kGiveEntries, "give-entries", "func() -> list<record { name: string, value: u64 }>");
API_FUNCTION(kRefuse, "refuse", "func(string)");
API_FUNCTION(kWait, "wait", "func(u32) -> string");
API_FUNCTION(kMakeNode, "[constructor]node", "func(string) -> own<hermes:test/api.node>");
API_FUNCTION(kNodeSize, "[method]node.size", "func(borrow<hermes:test/api.node>) -> u32");
API_FUNCTION(kNodeJoin, "[static]node.join",
             "func(own<hermes:test/api.node>, borrow<hermes:test/api.node>) -> "
             "own<hermes:test/api.node>");
API_FUNCTION(kKeep, "keep", "func(borrow<hermes:test/api.node>)");
API_FUNCTION(kConsume, "consume", "func(own<hermes:test/api.node>)");
API_FUNCTION(kTakeNodes, "take-nodes", "func(list<own<hermes:test/api.node>>) -> u32");
API_FUNCTION(kCompare, "compare",
             "func(borrow<hermes:test/api.node>, borrow<hermes:test/api.node>) -> u32");
API_FUNCTION(kExchange, "exchange",
             "func(borrow<hermes:test/api.node>, own<hermes:test/api.node>)");
API_FUNCTION(kNameOf, "name-of", "func(borrow<hermes:test/api.node>) -> string");
API_FUNCTION(kGiveNodes, "give-nodes",
             "func(u32) -> result<list<own<hermes:test/api.node>>, string>");

#undef API_FUNCTION

}  // namespace

Result<void> link(Linker& linker, Host& host) {
  InterfaceLinker api(linker, "hermes:test/api");
  api.resource<Node>("node");
  api.function<&Host::take_string, kTakeString>(host);
  api.function<&Host::take_bytes, kTakeBytes>(host);
  api.function<&Host::take_words, kTakeWords>(host);
  api.function<&Host::take_char, kTakeChar>(host);
  api.function<&Host::take_level, kTakeLevel>(host);
  api.function<&Host::take_shape, kTakeShape>(host);
  api.function<&Host::take_option, kTakeOption>(host);
  api.function<&Host::take_texts, kTakeTexts>(host);
  api.function<&Host::take_rights, kTakeRights>(host);
  api.function<&Host::take_many, kTakeMany>(host);
  api.function<&Host::give_string, kGiveString>(host);
  api.function<&Host::give_bytes, kGiveBytes>(host);
  api.function<&Host::give_entries, kGiveEntries>(host);
  api.function<&Host::refuse, kRefuse>(host);
  api.function<&Host::wait, kWait>(host);
  api.function<&Host::make_node, kMakeNode>(host);
  api.method<&Node::size, kNodeSize>();
  api.function<&Host::node_join, kNodeJoin>(host);
  api.function<&Host::keep, kKeep>(host);
  api.function<&Host::consume, kConsume>(host);
  api.function<&Host::take_nodes, kTakeNodes>(host);
  api.function<&Host::compare, kCompare>(host);
  api.function<&Host::exchange, kExchange>(host);
  api.function<&Host::name_of, kNameOf>(host);
  api.function<&Host::give_nodes, kGiveNodes>(host);
  return api.finish();
}

}  // namespace hermes::wasm::testing
