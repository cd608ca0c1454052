/* What libgcrypt and OpenSSL need for one packet after the other, with keys set once. Prints a line
 * each, "NAME NANOSECONDS": the best of many passes.
 *   crypto BYTES-OF-PARTS
 * Encrypted are the parts and their checksum; signed are the parts, behind a user name. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "measure.h"
#include <gcrypt.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

static const char user[] = "alice", password[] = "w0nderl4nd";
static uint8_t packet[65536], iv[16];
enum { CHECKSUM = 20, REPEATS = 500, PASSES = 40 };
static size_t parts;

static void check(int ok, const char *what) {
  if (ok) return;
  fprintf(stderr, "crypto: %s failed\n", what);
  exit(1);
}

static void best(const char *name, void (*step)(void)) {
  double least = 1e18;
  for (int pass = 0; pass < PASSES; pass++) {
    double start = cpu_ns();
    for (int i = 0; i < REPEATS; i++) step();
    double ns = (cpu_ns() - start) / REPEATS;
    if (ns < least) least = ns;
  }
  printf("%s %.0f\n", name, least);
}

static gcry_cipher_hd_t gcrypt_cipher;
static gcry_md_hd_t gcrypt_mac;
static EVP_CIPHER_CTX *openssl_cipher;
/* What HMAC keeps of a key. Copying a context of EVP costs more than half of the whole signature. */
static SHA256_CTX openssl_inner, openssl_outer;
static EVP_MD_CTX *openssl_sha1;
static uint8_t digest[EVP_MAX_MD_SIZE];

static void gcrypt_aes(void) {
  check(!gcry_cipher_setiv(gcrypt_cipher, iv, sizeof iv), "gcry_cipher_setiv");
  check(!gcry_cipher_encrypt(gcrypt_cipher, packet, CHECKSUM + parts, NULL, 0), "gcry_cipher_encrypt");
}
static void gcrypt_sha1(void) { gcry_md_hash_buffer(GCRY_MD_SHA1, packet, packet + CHECKSUM, parts); }
static void gcrypt_encrypt(void) {
  gcrypt_sha1();
  gcrypt_aes();
}
static void gcrypt_sign(void) {
  gcry_md_reset(gcrypt_mac);
  gcry_md_write(gcrypt_mac, user, strlen(user));
  gcry_md_write(gcrypt_mac, packet, parts);
  memcpy(digest, gcry_md_read(gcrypt_mac, 0), 32);
}
static void openssl_aes(void) {
  int len;
  check(EVP_EncryptInit_ex(openssl_cipher, NULL, NULL, NULL, iv), "EVP_EncryptInit_ex");
  check(EVP_EncryptUpdate(openssl_cipher, packet, &len, packet, (int)(CHECKSUM + parts)), "EVP_EncryptUpdate");
}
static void openssl_encrypt(void) {
  check(EVP_DigestInit_ex(openssl_sha1, NULL, NULL), "EVP_DigestInit_ex");
  check(EVP_DigestUpdate(openssl_sha1, packet + CHECKSUM, parts), "EVP_DigestUpdate");
  check(EVP_DigestFinal_ex(openssl_sha1, packet, NULL), "EVP_DigestFinal_ex");
  openssl_aes();
}
static void openssl_sign(void) {
  SHA256_CTX inner = openssl_inner, outer = openssl_outer;
  SHA256_Update(&inner, user, strlen(user));
  SHA256_Update(&inner, packet, parts);
  SHA256_Final(digest, &inner);
  SHA256_Update(&outer, digest, SHA256_DIGEST_LENGTH);
  SHA256_Final(digest, &outer);
}
static void openssl_key(SHA256_CTX *state, uint8_t pad) {
  uint8_t block[SHA256_CBLOCK] = {0};
  memcpy(block, password, strlen(password));
  for (size_t i = 0; i < sizeof block; i++) block[i] ^= pad;
  SHA256_Init(state);
  SHA256_Update(state, block, sizeof block);
}

int main(int argc, char **argv) {
  parts = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
  check(parts > 0 && parts < sizeof packet - CHECKSUM, "usage: crypto BYTES-OF-PARTS; this");
  check(gcry_check_version(NULL) != NULL, "gcry_check_version");
  gcry_control(GCRYCTL_DISABLE_SECMEM);
  gcry_control(GCRYCTL_INITIALIZATION_FINISHED);
  uint8_t key[32];
  gcry_md_hash_buffer(GCRY_MD_SHA256, key, password, strlen(password));

  check(!gcry_cipher_open(&gcrypt_cipher, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_OFB, 0), "gcry_cipher_open");
  check(!gcry_cipher_setkey(gcrypt_cipher, key, sizeof key), "gcry_cipher_setkey");
  check(!gcry_md_open(&gcrypt_mac, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC), "gcry_md_open");
  check(!gcry_md_setkey(gcrypt_mac, password, strlen(password)), "gcry_md_setkey");

  openssl_cipher = EVP_CIPHER_CTX_new();
  check(EVP_EncryptInit_ex(openssl_cipher, EVP_aes_256_ofb(), NULL, key, iv), "EVP_EncryptInit_ex");
  openssl_sha1 = EVP_MD_CTX_new();
  check(EVP_DigestInit_ex(openssl_sha1, EVP_sha1(), NULL), "EVP_DigestInit_ex");
  openssl_key(&openssl_inner, 0x36);
  openssl_key(&openssl_outer, 0x5c);
  openssl_sign();
  uint8_t expected[SHA256_DIGEST_LENGTH];
  memcpy(expected, digest, sizeof expected);
  gcrypt_sign();
  check(!memcmp(expected, digest, sizeof expected), "comparing the signatures of both");

  best("gcrypt.aes", gcrypt_aes);
  best("gcrypt.sha1", gcrypt_sha1);
  best("gcrypt.encrypt", gcrypt_encrypt);
  best("gcrypt.sign", gcrypt_sign);
  best("openssl.aes", openssl_aes);
  best("openssl.encrypt", openssl_encrypt);
  best("openssl.sign", openssl_sign);
  return 0;
}
