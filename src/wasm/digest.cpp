#include "wasm/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cstdio>
#include <cstdlib>

namespace hermes::wasm {
namespace {

/// OpenSSL fails here only without memory or with a broken installation. Going on would mean not
/// checking anything.
void require(bool success, const char* what) {
  if (success) return;
  std::fprintf(stderr, "OpenSSL: %s failed\n", what);
  std::abort();
}

const unsigned char* chars(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

struct HmacSha256::State {
  EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  EVP_MAC_CTX* context = algorithm != nullptr ? EVP_MAC_CTX_new(algorithm) : nullptr;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(algorithm);
  }
};

Digest sha256(std::span<const std::byte> bytes) {
  Digest digest;
  unsigned int size = 0;
  require(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                     &size, EVP_sha256(), nullptr) == 1 &&
              size == digest.size(),
          "SHA-256");
  return digest;
}

std::string to_hex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::byte value : digest) {
    text += kDigits[std::to_integer<unsigned>(value) >> 4];
    text += kDigits[std::to_integer<unsigned>(value) & 15];
  }
  return text;
}

bool equal_in_constant_time(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

HmacSha256::HmacSha256(const Digest& key) : state_(std::make_unique<State>()) {
  require(state_->context != nullptr, "HMAC");
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
      OSSL_PARAM_construct_end(),
  };
  require(EVP_MAC_init(state_->context, chars(key), key.size(), parameters) == 1, "HMAC init");
}

HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

void HmacSha256::update(std::span<const std::byte> bytes) {
  require(EVP_MAC_update(state_->context, chars(bytes), bytes.size()) == 1, "HMAC update");
}

Digest HmacSha256::finish() {
  Digest code;
  std::size_t size = 0;
  require(EVP_MAC_final(state_->context, reinterpret_cast<unsigned char*>(code.data()), &size,
                        code.size()) == 1 &&
              size == code.size(),
          "HMAC final");
  return code;
}

}  // namespace hermes::wasm
