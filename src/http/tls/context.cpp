#include "http/tls/context.hpp"

#include "base/random.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <utility>

namespace hermes::http {
namespace {

// https://wiki.mozilla.org/Security/Server_Side_TLS, "intermediate", without DHE, which only
// clients of before 2014 need.
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kTls13Ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";

/// How long a session may be resumed, in seconds: shorter than its key is kept.
constexpr long kSessionSeconds = 2L * 60 * 60;
static_assert(std::chrono::seconds{kSessionSeconds} < TicketKeys::kRotation);

constexpr std::string_view kSessionContext = "hermes";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

struct TlsContext::Callbacks {
  static const TlsContext& owner(const SSL* connection) {
    return *static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
  }

  static int choose_certificates(SSL* connection, int*, void*) {
    const char* const name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    const TlsContext& self = owner(connection);
    const auto choice = self.names_.find(name);
    if (!choice) return SSL_TLSEXT_ERR_NOACK;
    SSL_set_SSL_CTX(connection, self.contexts_[*choice].get());
    return SSL_TLSEXT_ERR_OK;
  }

  static int choose_protocol(SSL* connection, const unsigned char** chosen,
                             unsigned char* chosen_size, const unsigned char* offered,
                             unsigned offered_size, void*) {
    const std::string& ours = owner(connection).protocols_;
    unsigned char* protocol = nullptr;
    const int result =
        SSL_select_next_proto(&protocol, chosen_size, bytes_of(ours),
                              static_cast<unsigned>(ours.size()), offered, offered_size);
    *chosen = protocol;
    // A client of another protocol must not be answered in this one (RFC 7301 section 3.2).
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  static bool prepare(const TicketKeys::Key& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, bool encrypt) {
    std::string digest = "SHA256";
    const std::array parameters{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY,
                                          const_cast<std::byte*>(key.mac.data()), key.mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
        OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1 &&
           EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, bytes_of(key.cipher), iv,
                             encrypt ? 1 : 0) == 1;
  }

  /// SSL_CTX_set_tlsext_ticket_key_evp_cb(3).
  static int ticket_key(SSL* connection, unsigned char* name, unsigned char* iv,
                        EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int encrypt) {
    constexpr int kFailed = -1;
    constexpr int kUnknown = 0;
    constexpr int kUse = 1;
    constexpr int kUseAndRenew = 2;
    constexpr std::size_t kIvBytes = 16;
    TicketKeys& keys = *owner(connection).keys_;
    const std::span<std::byte, TicketKeys::kNameBytes> key_name(reinterpret_cast<std::byte*>(name),
                                                                TicketKeys::kNameBytes);
    if (encrypt != 0) {
      TicketKeys::Key key = keys.current();
      std::ranges::copy(key.name, key_name.begin());
      SystemRandom().fill({reinterpret_cast<std::byte*>(iv), kIvBytes});
      const bool done = prepare(key, iv, cipher, mac, true);
      OPENSSL_cleanse(&key, sizeof key);
      return done ? kUse : kFailed;
    }
    std::optional<TicketKeys::Found> found = keys.find(key_name);
    if (!found) return kUnknown;
    const bool done = prepare(found->key, iv, cipher, mac, false);
    OPENSSL_cleanse(&found->key, sizeof found->key);
    if (!done) return kFailed;
    return found->outdated ? kUseAndRenew : kUse;
  }
};

TlsContext::TlsContext(std::vector<Certificate> certificates, std::shared_ptr<TicketKeys> keys)
    : certificates_(std::move(certificates)), keys_(std::move(keys)), names_(certificates_) {}

Result<std::shared_ptr<const TlsContext>> TlsContext::create(
    std::vector<Certificate> certificates, std::shared_ptr<TicketKeys> keys,
    std::span<const std::string_view> protocols) {
  if (certificates.empty() || certificates.size() > kMaxCertificates) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("there are {} certificates; TLS needs from 1 to {}",
                            certificates.size(), kMaxCertificates));
  }
  std::shared_ptr<TlsContext> made(new TlsContext(std::move(certificates), std::move(keys)));
  for (const std::string_view protocol : protocols) {
    made->protocols_ += static_cast<char>(protocol.size());
    made->protocols_ += protocol;
  }
  const std::vector<CertificateChoice>& choices = made->names_.choices();
  for (std::size_t i = 0; i < made->certificates_.size(); ++i) {
    const bool chosen = std::ranges::any_of(choices, [i](const CertificateChoice& choice) {
      return std::ranges::find(choice, std::optional(i)) != choice.end();
    });
    if (chosen) continue;
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: no client would get this certificate: {}; remove it",
                            printable(made->certificates_[i].files.certificate.string()),
                            made->certificates_[i].names.empty()
                                ? "it has no DNS name, and is not the first"
                                : "those before it have all of its names"));
  }
  for (const CertificateChoice& choice : choices) {
    if (auto added = made->add_context(choice); !added) {
      return std::unexpected(std::move(added).error());
    }
  }
  return made;
}

Result<void> TlsContext::add_context(const CertificateChoice& choice) {
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  bool done = context != nullptr;
  if (done) {
    SSL_CTX* const it = context.get();
    SSL_CTX_set_app_data(it, this);
    SSL_CTX_set_options(it, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // A connection that neither reads nor writes has no buffers. Writing goes on from wherever the
    // bytes are then, a record at a time.
    SSL_CTX_set_mode(it, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // One call of the system for a record, and not two.
    SSL_CTX_set_read_ahead(it, 1);
    // Clients keep sessions, in tickets; the server keeps none.
    SSL_CTX_set_session_cache_mode(it, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(it, kSessionSeconds);
    SSL_CTX_set_alpn_select_cb(it, Callbacks::choose_protocol, nullptr);
    SSL_CTX_set_tlsext_servername_callback(it, Callbacks::choose_certificates);
    done = SSL_CTX_set_min_proto_version(it, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(it, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(it, kTls12Ciphers) == 1 &&
           SSL_CTX_set_ciphersuites(it, kTls13Ciphers) == 1 &&
           SSL_CTX_set1_groups_list(it, kGroups) == 1 &&
           SSL_CTX_set_session_id_context(it, bytes_of(kSessionContext), kSessionContext.size()) ==
               1 &&
           SSL_CTX_set_tlsext_ticket_key_evp_cb(it, Callbacks::ticket_key) == 1;
  }
  if (!done) {
    return fail(ErrorCode::kInternal,
                fmt::format("OpenSSL cannot be set up for TLS: {}", take_openssl_reason()));
  }
  for (const std::optional<std::size_t>& each : choice) {
    if (!each) continue;
    if (auto used = use(*context, certificates_[*each]); !used) return used;
  }
  contexts_.push_back(std::move(context));
  return {};
}

Result<void> TlsContext::use(SSL_CTX& context, const Certificate& certificate) {
  bool done = SSL_CTX_use_certificate(&context, certificate.certificate.get()) == 1 &&
              SSL_CTX_use_PrivateKey(&context, certificate.key.get()) == 1;
  for (const X509Ptr& each : certificate.chain) {
    done = done && SSL_CTX_add1_chain_cert(&context, each.get()) == 1;
  }
  if (done) return {};
  return fail(
      ErrorCode::kInvalidArgument,
      fmt::format("{}: OpenSSL does not take this certificate: {}",
                  printable(certificate.files.certificate.string()), take_openssl_reason()));
}

SslPtr TlsContext::new_connection() const {
  SslPtr connection(SSL_new(contexts_.front().get()));
  if (connection == nullptr) ERR_clear_error();
  return connection;
}

}  // namespace hermes::http
