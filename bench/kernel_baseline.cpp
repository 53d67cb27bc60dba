// The ordinary order book in C++, the baseline of `python -m bench.kernel`.
//
// Why here: a book of std::map levels, std::list queues and an unordered_map of orders is what an engineer writes first
// in a compiled language. It does the work of the core's kernel on the same messages: holds, price-time matching at the
// maker's price, self-trade prevention (cancel the maker), fees in the currency received, and events: either a short
// log of four words a trade, or records as wide as the core's.
//
//     g++ -O3 -march=native -std=c++17 kernel_baseline.cpp -o kernel_baseline
//     kernel_baseline ACCOUNTS SETUP_FILE MESSAGES_FILE RUNS short|wide
//
// The files hold messages of six 8-byte words (workloads.py). Prints one line of JSON: the seconds of each run, and
// trades, volume, resting orders and a digest of all balances, by which runs of different books are compared.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using Word = std::int64_t;

constexpr Word kPlace = 0;
constexpr Word kTake = 1;
constexpr Word kBuy = 0;
constexpr Word kPerMillion = 1'000'000;
constexpr Word kMakerRate = 800;
constexpr Word kTakerRate = 1'000;
constexpr Word kMatchesMax = 1'000;
constexpr Word kBaseCash = 1'000'000'000'000;
constexpr Word kQuoteCash = 100'000'000'000'000;
constexpr std::size_t kMessageWords = 6;

struct Message {
    Word kind, number, account, side, price, size;
};

struct Balance {
    Word cash = 0;
    Word held = 0;
};

struct Account {
    Balance base{kBaseCash, 0};
    Balance quote{kQuoteCash, 0};
};

struct Order {
    Word number, account, side, price, left, filled, notional, fee;
};

struct Level {
    std::list<Order> queue;
    Word size = 0;
};

Word fee_of(Word received, Word rate) { return (received * rate + kPerMillion - 1) / kPerMillion; }

// Where events go: four words a trade, or records of the widths that the core writes.
class Log {
public:
    explicit Log(bool wide) : wide_(wide) { words_.reserve(1 << 20); }

    void clear() { words_.clear(); }

    void trade(const Order& taker, const Order& maker, Word size, Word notional, Word taker_fee, Word maker_fee,
               const Account& payer, const Account& receiver) {
        if (!wide_) {
            append({taker.number, maker.number, size, maker.price});
            return;
        }
        fill(taker, maker, size, notional, taker_fee, payer);
        fill(maker, taker, size, notional, maker_fee, receiver);
    }

    void placed(const Message& message) {
        if (wide_) {
            append({22, 11, ++sequence_, 0, message.number, message.account, 0, message.side, 0, message.kind, 0,
                    message.price, message.size, 0, 1, 0, 0, 0, 0, 0, 0, 0});
        }
    }

    void rested(const Order& order) {
        if (wide_) {
            append({10, 13, ++sequence_, 0, order.number, order.account, 0, order.side, order.price, order.left});
        }
    }

    void canceled(const Order& order, Word rested, Word reason) {
        if (wide_) {
            append({12, 14, ++sequence_, 0, order.number, order.account, 0, order.side, order.price, order.left,
                    rested, reason});
        }
    }

private:
    void fill(const Order& order, const Order& other, Word size, Word notional, Word fee, const Account& owner) {
        append({22, 12, ++sequence_, 0, order.number, order.account, 0, order.side, 0, 0, other.price, size, notional,
                fee, order.side, order.filled, order.notional, order.left, order.left == 0 ? 2 : 1, owner.base.cash,
                owner.quote.cash, other.number});
    }

    void append(std::initializer_list<Word> record) { words_.insert(words_.end(), record); }

    bool wide_;
    Word sequence_ = 0;
    std::vector<Word> words_;
};

class Exchange {
public:
    Exchange(Word accounts, bool wide) : accounts_(static_cast<std::size_t>(accounts)), log_(wide) {}

    void run(const std::vector<Message>& messages) {
        for (const Message& message : messages) {
            if (message.kind == kPlace || message.kind == kTake) {
                submit(message);
            } else {
                cancel(message.number, message.account);
            }
            if (++done_ % 1'024 == 0) {
                log_.clear();
            }
        }
    }

    void report(const std::vector<double>& seconds) const {
        std::printf("{\"seconds\": [");
        for (std::size_t i = 0; i < seconds.size(); ++i) {
            std::printf("%s%.6f", i ? ", " : "", seconds[i]);
        }
        std::printf("], \"trades\": %lld, \"volume\": %lld, \"resting\": %zu, \"digest\": %llu}\n",
                    static_cast<long long>(trades_), static_cast<long long>(volume_), orders_.size(),
                    static_cast<unsigned long long>(digest()));
    }

private:
    using Bids = std::map<Word, Level, std::greater<Word>>;
    using Asks = std::map<Word, Level>;
    using Place = std::list<Order>::iterator;

    // FNV-1a over base and quote, cash and held, of every account.
    std::uint64_t digest() const {
        std::uint64_t value = 14695981039346656037ULL;
        for (const Account& account : accounts_) {
            for (Word word : {account.base.cash, account.base.held, account.quote.cash, account.quote.held}) {
                value = (value ^ static_cast<std::uint64_t>(word)) * 1099511628211ULL;
            }
        }
        return value;
    }

    void submit(const Message& message) {
        Account& account = accounts_[static_cast<std::size_t>(message.account)];
        const bool buys = message.side == kBuy;
        const Word need = buys ? message.price * message.size : message.size;
        const Balance& paying = buys ? account.quote : account.base;
        if (paying.cash - paying.held < need) {
            return;
        }
        Order taker{message.number, message.account, message.side, message.price, message.size, 0, 0, 0};
        log_.placed(message);
        const bool stopped = buys ? match(asks_, taker) : match(bids_, taker);
        if (taker.left == 0) {
            return;
        }
        if (stopped || message.kind == kTake) {
            log_.canceled(taker, 0, 4);
        } else if (buys) {
            rest(bids_, taker);
        } else {
            rest(asks_, taker);
        }
    }

    // True when the limit of matches stopped the taker.
    template <typename Side>
    bool match(Side& side, Order& taker) {
        Word matches = 0;
        while (taker.left > 0 && !side.empty()) {
            auto best = side.begin();
            if (taker.side == kBuy ? best->first > taker.price : best->first < taker.price) {
                return false;
            }
            Level& level = best->second;
            while (taker.left > 0 && !level.queue.empty()) {
                if (matches == kMatchesMax) {
                    return true;
                }
                Order& maker = level.queue.front();
                if (maker.account == taker.account) {
                    release(maker, maker.left);
                    log_.canceled(maker, 1, 6);
                    level.size -= maker.left;
                    orders_.erase(maker.number);
                    level.queue.pop_front();
                    continue;
                }
                ++matches;
                trade(level, taker, maker);
            }
            if (level.queue.empty()) {
                side.erase(best);
            }
        }
        return false;
    }

    void trade(Level& level, Order& taker, Order& maker) {
        const Word size = taker.left < maker.left ? taker.left : maker.left;
        const Word notional = maker.price * size;
        const bool buys = taker.side == kBuy;
        Account& payer = accounts_[static_cast<std::size_t>(taker.account)];
        Account& receiver = accounts_[static_cast<std::size_t>(maker.account)];
        const Word taker_fee = fee_of(buys ? size : notional, kTakerRate);
        const Word maker_fee = fee_of(buys ? notional : size, kMakerRate);
        release(maker, size);
        move(payer, buys, size, notional, taker_fee);
        move(receiver, !buys, size, notional, maker_fee);
        (buys ? fees_.base : fees_.quote).cash += taker_fee;
        (buys ? fees_.quote : fees_.base).cash += maker_fee;
        for (Order* order : {&taker, &maker}) {
            order->left -= size;
            order->filled += size;
            order->notional += notional;
        }
        taker.fee += taker_fee;
        maker.fee += maker_fee;
        level.size -= size;
        ++trades_;
        volume_ += size;
        log_.trade(taker, maker, size, notional, taker_fee, maker_fee, payer, receiver);
        if (maker.left == 0) {
            orders_.erase(maker.number);
            level.queue.pop_front();
        }
    }

    static void move(Account& account, bool buys, Word size, Word notional, Word fee) {
        account.base.cash += buys ? size - fee : -size;
        account.quote.cash += buys ? -notional : notional - fee;
    }

    template <typename Side>
    void rest(Side& side, const Order& order) {
        hold(order, order.left);
        Level& level = side[order.price];
        level.queue.push_back(order);
        level.size += order.left;
        orders_.emplace(order.number, std::prev(level.queue.end()));
        log_.rested(order);
    }

    void cancel(Word number, Word account) {
        auto found = orders_.find(number);
        if (found == orders_.end() || found->second->account != account) {
            return;
        }
        Place place = found->second;
        release(*place, place->left);
        log_.canceled(*place, 1, 1);
        if (place->side == kBuy) {
            unlink(bids_, place);
        } else {
            unlink(asks_, place);
        }
        orders_.erase(found);
    }

    template <typename Side>
    void unlink(Side& side, Place place) {
        auto level = side.find(place->price);
        level->second.size -= place->left;
        level->second.queue.erase(place);
        if (level->second.queue.empty()) {
            side.erase(level);
        }
    }

    void hold(const Order& order, Word size) {
        Account& account = accounts_[static_cast<std::size_t>(order.account)];
        (order.side == kBuy ? account.quote : account.base).held += order.side == kBuy ? order.price * size : size;
    }

    void release(const Order& order, Word size) { hold(order, -size); }

    std::vector<Account> accounts_;
    Account fees_{};
    Bids bids_;
    Asks asks_;
    std::unordered_map<Word, Place> orders_;
    Log log_;
    Word trades_ = 0;
    Word volume_ = 0;
    std::uint64_t done_ = 0;
};

std::vector<Message> read_messages(const char* path) {
    std::FILE* file = std::fopen(path, "rb");
    if (file == nullptr) {
        std::perror(path);
        std::exit(2);
    }
    std::fseek(file, 0, SEEK_END);
    const auto bytes = static_cast<std::size_t>(std::ftell(file));
    std::rewind(file);
    static_assert(sizeof(Message) == kMessageWords * sizeof(Word), "a message is six words");
    std::vector<Message> messages(bytes / sizeof(Message));
    const std::size_t count = std::fread(messages.data(), sizeof(Message), messages.size(), file);
    std::fclose(file);
    messages.resize(count);
    return messages;
}

double cpu_seconds() {
    std::timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fprintf(stderr, "usage: kernel_baseline ACCOUNTS SETUP_FILE MESSAGES_FILE RUNS short|wide\n");
        return 2;
    }
    const Word accounts = std::atoll(argv[1]);
    const std::vector<Message> setup = read_messages(argv[2]);
    const std::vector<Message> messages = read_messages(argv[3]);
    const int runs = std::atoi(argv[4]);
    std::vector<double> seconds;
    for (int run = 1; run <= runs; ++run) {
        Exchange exchange(accounts, std::strcmp(argv[5], "wide") == 0);
        exchange.run(setup);
        const double start = cpu_seconds();
        exchange.run(messages);
        seconds.push_back(cpu_seconds() - start);
        if (run == runs) {
            exchange.report(seconds);
        }
    }
    return 0;
}
